"""A run beyond all that any place holds, moved between every two of the seven places, there and home again: equal.

`TRACKLAYER_PAIR_POINTS=100000 pytest tests/migrate/test_every_pair.py` moves as many points between each two; here so
many go once through all of them.
"""

from __future__ import annotations

import math
import os
from array import array
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timezone
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from contract_tests.samples import NAMES, TEXTS
from contract_tests.witnesses.places import PLACES
from tests.migrate.nasty import FILES, portrait

import tracklayer as tl
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, RunDraft

#: Points that go between each two places, and once around.
BETWEEN, AROUND = int(os.environ.get("TRACKLAYER_PAIR_POINTS", "1000")), 100_000
#: An archive that is being written is a local store: it goes around with the others.
PAIRED = tuple(place for place in PLACES if place != "archive")
PARAMS, TAGS = 400, 80
STARTED = datetime(2024, 2, 29, 12, 0, 0, 123_456, tzinfo=timezone.utc)
ENDED = datetime(2024, 2, 29, 13, 0, 0, 1, tzinfo=timezone.utc)
MILLISECOND = 1_000_000


def fill(client: tl.Client, experiment: str, points: int) -> None:
    """An experiment of two runs: a child beyond all limits, and its parent."""
    driver = client.driver
    home = driver.create_experiment(
        ExperimentDraft(name=experiment, tags={f"tag {n}": "v" * n for n in range(60)}, description="ä\nb")
    ).ref
    parent = driver.create_run(home, RunDraft(token=uuid4().hex, name="pärent", started=STARTED))
    run = driver.create_run(
        home, RunDraft(token=uuid4().hex, name="chïld [bold]", started=STARTED, parent=parent.ref, user="ada 🚀")
    )
    odd = [(-5, 0, math.nan), (-5, 0, math.inf), (2**62, 10**18, -math.inf), (0, 0, 5e-324), (0, 0, 1.0), (0, 0, 2.0)]
    steps = array("q", range(points))
    times = array("q", (1_700_000_000_123 * MILLISECOND + step * 250 * MILLISECOND for step in range(points)))
    values = array("d", (1.0 / (step + 1) for step in range(points)))
    driver.write(
        run.ref,
        Batch(
            params={
                **{f"p{number}": number / 7 for number in range(PARAMS - len(NAMES) - 3)},
                **dict(zip(NAMES, TEXTS * 3, strict=False)),
                "yes": True, "nan": math.nan, "long": "🚀" * 10_000,
            },
            tags={
                **{f"t{number}": str(number) for number in range(TAGS - 2)},
                "long": "é" * 10_000, "tracklayer.origin": "mine",
            },
            inputs=(Dataset(name="digits", digest="d1", context="train"), Dataset(name="d" * 600, digest="x" * 64)),
            points=(Points.of("odd 🙂", odd), Points(key="loss", steps=steps, times=times, values=values)),
        ),
    )  # fmt: skip
    for path, data in FILES.items():
        driver.put_artifact(run.ref, path, BytesIO(data))
    for one, status in ((run, "failed"), (parent, "finished")):
        driver.write(one.ref, Batch(status=status, ended=ENDED))


def seen(client: tl.Client, experiment: str) -> Any:
    """All that a place holds of it."""
    found = portrait(client, experiment)[experiment]
    assert len(found[0]) == 60
    (child,) = (run for run in found[2].values() if run["params"])
    assert (len(child["params"]), len(child["tags"]), len(child["files"])) == (PARAMS, TAGS, len(FILES))
    return found


def moved(source: tl.Client, target: tl.Client, experiment: str, *, verify: bool = True) -> Any:
    """What is there after a copy that says it lost nothing."""
    done = tl.migrate(source, target, experiment=experiment, verify=verify)
    assert done.certificate is None or done.certificate.clean
    assert (done.failed, done.copied, done.orphans, dict(done.approximate)) == ((), 2, 0, {})
    return seen(target, experiment)


def forget(client: tl.Client, experiment: str) -> None:
    for run in client.runs(experiment):
        client.delete(run)


@pytest.mark.parametrize("place", PAIRED[:-1])
def test_to_each_other_place_and_home_again(urls: Mapping[str, str], place: str) -> None:
    """With the places after it: so each two are tried, both ways."""
    experiment = f"pairs {uuid4().hex[:8]} é"
    with tl.connect(urls[place]) as home:
        fill(home, experiment, BETWEEN)
        first = seen(home, experiment)
        for other in PAIRED[PAIRED.index(place) + 1 :]:
            with tl.connect(urls[other]) as away:
                assert moved(home, away, experiment) == first, f"{place} -> {other}"
                forget(home, experiment)
                assert moved(away, home, experiment) == first, f"{other} -> {place}"
                forget(away, experiment)


def test_a_hundred_thousand_points_once_around(urls: Mapping[str, str], tmp_path: Path) -> None:
    experiment = f"around {uuid4().hex[:8]}"
    with ExitStack() as stack:
        clients = [stack.enter_context(tl.connect(urls[place])) for place in PLACES]
        clients.append(stack.enter_context(tl.connect(f"local:{tmp_path / 'home.db'}")))
        fill(clients[0], experiment, AROUND)
        first = seen(clients[0], experiment)
        for source, target in pairwise(clients):
            assert moved(source, target, experiment, verify=False) == first
