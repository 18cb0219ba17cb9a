"""Runs that a careless copy would spoil, and a portrait of all that a place holds."""

from __future__ import annotations

import math
from array import array
from datetime import datetime, timezone
from io import BytesIO
from typing import Any

from contract_tests.samples import NAMES, TEXTS

import tracklayer as tl
from tracklayer.api import Client
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, Run, RunDraft, RunRef, Source

EXPERIMENT = "nästy 🧪/[bold]"
#: A moment with microseconds, in another year.
STARTED = datetime(2019, 2, 28, 23, 59, 59, 999_999, tzinfo=timezone.utc)
ENDED = datetime(2031, 1, 1, 0, 0, 0, 1, tzinfo=timezone.utc)
FILES = {
    "model.npz": b"\x00\x01" * 5_000,
    "empty": b"",
    "plots/a b#c?d%41.txt": b"name",
    "plots/é🚀.txt": "é🚀".encode(),
    "plots/deep/er/x": b"x",
}
POINTS = [
    Points.of("loss", [(0, 1, 0.5), (0, 1, 0.25), (0, 2, 0.5), (1, 1_700_000_000_123_456_789, 1 / 3)]),
    Points.of("odd", [(-5, 0, math.nan), (-5, 0, math.inf), (2**62, 10**18, -math.inf), (0, 0, -0.0), (0, 0, 5e-324)]),
    Points.of("🙂 metric", [(3, 7, 1.0)]),
    Points(key="long", steps=array("q", range(2_000)), times=array("q", range(2_000)), values=array("d", range(2_000))),
]


def fill(client: Client) -> None:
    """An experiment with runs of all kinds: a parent with a child and a grandchild, ended in every way."""
    driver = client.driver
    draft = ExperimentDraft(name=EXPERIMENT, tags={"team": "", "käy": "v" * 500}, description="of\nmany lines")
    home = driver.create_experiment(draft).ref
    parent: RunRef | None = None
    for number, status in enumerate(("finished", "failed", "killed", "running")):
        made = driver.create_run(
            home,
            RunDraft(
                token=f"token {number}",
                name=f"rün {number} [red]\n",
                started=STARTED,
                parent=parent,
                description=TEXTS[-number - 1],
                user="ada 🚀",
                source=Source(
                    commit="c0ffee", branch="main", dirty=True, remote="https://example.org/x", command="a b"
                ),
            ),
        )
        batch = Batch(
            params=dict(zip(NAMES, TEXTS * 3, strict=False))
            | {"int": 7, "float": 7.0, "text": "7", "yes": True, "big": 2**70, "nan": math.nan, "inf": -math.inf},
            tags={f"{name}.": text for name, text in zip(NAMES, TEXTS * 3, strict=False)}
            | {"tracklayer.origin": "mine"},
            inputs=(
                Dataset(name="digits", digest="d1", context="train"),
                Dataset(name="digits", digest="d1", context="eval"),
                Dataset(
                    name="d" * 600, digest="x" * 64, kind="parquet", source="s3://b/k", columns="a,b", profile="{}"
                ),
            ),
            points=tuple(POINTS),
        )
        driver.write(made.ref, batch)
        for path, data in FILES.items():
            driver.put_artifact(made.ref, path, BytesIO(data))
        driver.write(made.ref, Batch(status=status, ended=None if status == "running" else ENDED))
        parent = made.ref if number < 2 else None
    with tl.start_run("plain", name="nothing at all", to=client.url) as run:
        run.set_tag("only", "this")
    client.create_experiment("no runs", tags={"a": "b"})


def portrait(client: Client, *homes: str) -> dict[str, Any]:
    """All that a place holds, or some of its experiments, by names.

    What differs between places on purpose is left out: ids, tokens, origins. -0.0 counts as 0.0, as it does in
    `Points`: SQLite, behind an MLflow server, keeps no sign of zero.
    """
    names = {run.id: str(run.name) for run in client.runs(homes or None)}
    experiments = {
        one.name: (
            dict(one.tags),
            one.description,
            {str(run.name): _run(client, run, names) for run in client.runs(one.name)},
        )
        for one in client.experiments()
        if one.name in homes or not homes
    }
    assert sum(len(runs) for *_, runs in experiments.values()) == len(names), "names must tell runs apart"
    return experiments


def _run(client: Client, run: Run, names: dict[str, str]) -> dict[str, Any]:
    fields = {
        field: getattr(run, field) for field in ("name", "status", "started", "ended", "description", "user", "source")
    }
    files = {}
    for file in client.artifacts(run):
        with client.open_artifact(run, file.path) as data:
            files[file.path] = data.read()
    return {
        **fields,
        "parent": run.parent and names[run.parent.id],
        "params": {key: (type(value).__name__, repr(value)) for key, value in run.params.items()},
        "tags": dict(run.tags),
        "inputs": sorted(one.model_dump_json() for one in run.inputs),
        "points": {
            key: [(*row[:2], repr(row[2] + 0.0)) for row in client.metric_history(run, key).rows()]
            for key in run.metrics
        },
        "files": files,
    }
