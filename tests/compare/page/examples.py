"""Comparisons whose pages are looked at: a small one of real places, nasty and hostile; and one of 1,000 runs."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from tests.compare import nasty
from tests.compare.nasty import EXPERIMENT, NANOS, Logged, even
from tests.compare.runs import NOON, held

import tracklayer as tl
from tracklayer.compare import Comparison, Histories, Series, align
from tracklayer.compare.page.report import report
from tracklayer.compare.page.view import view

HOSTILE = "<script>top.hit=1</script>\"'><img src=x onerror=top.hit=1>\x1b[2J \u202egnp `x` {a|b} @all"
#: As it is shown.
SHOWN = HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
RUNS, POINTS = 1_000, 100


def png(shade: int) -> bytes:
    """A small picture."""
    from PIL import Image  # noqa: PLC0415 -- heavy

    written = BytesIO()
    Image.new("RGB", (40, 30), (shade, 90, 160)).save(written, "PNG")
    return written.getvalue()


def small(folder: Path) -> Comparison:
    """The nasty set, a second place that is hostile wherever a user may name something, and one that is not there."""
    plain, hostile = f"local:{folder / 'plain.db'}", f"local:{folder / 'hostile.db'}"
    nasty.log(plain)
    bad = [
        Logged(
            f"{HOSTILE}{seed}",
            {HOSTILE: HOSTILE, "seed": seed},
            {"acc": even(0.5, 0.6 + seed / 10), HOSTILE: even(2, 1)},
        )
        for seed in range(3)
    ]
    nasty.log(hostile, bad)
    for place in (plain, hostile):
        with tl.connect(place) as client:
            for shade, run in enumerate(client.runs(EXPERIMENT)):
                client.driver.put_artifact(run.ref, "plots/confusion.png", BytesIO(png(shade * 15)))
                client.driver.put_artifact(run.ref, "plots/no.png", BytesIO(b"<svg onload=alert(1)>"))
    return tl.compare([plain, hostile, f"local:{folder / 'gone.db'}"], directions={"acc": "max"})


def large() -> str:
    """The page of 1,000 runs with two curves of 100 points each."""
    metrics = ("loss", "acc", *(f"metric_{number}" for number in range(18)))
    copies = [
        held(
            f"{number:04}",
            name=f"run {number}",
            params={
                "lr": 10 ** -(number % 5),
                "model": "svm" if number % 2 else "mlp",
                "seed": number % 10,
                "width": number % 7,
            },
            metrics={key: math.sin(number * (at + 1)) for at, key in enumerate(metrics)},
        )
        for number in range(RUNS)
    ]
    found = Comparison(
        places=("local:/a",), rows=align(copies), metrics={"loss": "min", "acc": "max", **dict.fromkeys(metrics[2:])}
    )
    seen = view(found, curves=False)
    start = round(NOON.timestamp()) * NANOS
    steps = array("q", range(POINTS))
    times = array("q", (start + step * NANOS for step in steps))
    series = tuple(
        Series(
            row,
            key,
            steps,
            times,
            array("d", (math.exp(-step / 30) + row / RUNS for step in steps)),
            POINTS,
            thinned=False,
            started=start,
        )
        for row in range(RUNS)
        for key in ("loss", "acc")
    )
    drawn = replace(seen, panels=("loss", "acc"), histories=Histories(series, (), None))
    return report(drawn, title="1,000 runs", written="a test", weighed=False)
