"""An ordinary experiment: a parent and a child with some of everything, and things that most places cannot hold."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from io import BytesIO

from tracklayer.api import Client
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, RunDraft, Source

STARTED = datetime(2024, 2, 29, 12, 0, 0, 123_456, tzinfo=timezone.utc)
ENDED = datetime(2024, 2, 29, 13, 0, 0, 1, tzinfo=timezone.utc)
POINTS = 30
#: One of the files goes in parts, wherever files do.
FILES = {"a b#.txt": b"a" * 10, "model/weights.bin": b"\x00" * 11_000_000}


def fill(client: Client, name: str = "ordinary") -> None:
    """Make it."""
    driver = client.driver
    home = driver.create_experiment(ExperimentDraft(name=name, tags={"team": "x"}, description="what it is about")).ref
    parent = driver.create_run(home, RunDraft(token=f"{name} parent", name="parent", started=STARTED))
    draft = RunDraft(
        token=f"{name} child",
        name="child",
        started=STARTED,
        parent=parent.ref,
        description="about it",
        user="ada",
        source=Source(commit="c0ffee", command="train.py --fast"),
    )
    child = driver.create_run(home, draft)
    rows = [(step, 1_700_000_000_000_000_001 + step * 10**9, step / 7) for step in range(POINTS)]
    batch = Batch(
        params={"lr": 0.1, "layers": 3, "deep": True, "opt": "adam", "größe": "m", "long": "x" * 9_000},
        tags={"stage": "dev", "key 🙂": "v", "note": "y" * 9_000},
        inputs=(Dataset(name="digits", digest="d1", context="train"), Dataset(name="d" * 600, digest="x" * 64)),
        points=(Points.of("loss", rows), Points.of("odd", [(0, 0, math.nan), (1, 0, math.inf), (-1, 0, 1.0)])),
    )
    driver.write(child.ref, batch)
    for path, data in FILES.items():
        driver.put_artifact(child.ref, path, BytesIO(data))
    for run in (child, parent):
        driver.write(run.ref, Batch(status="finished", ended=ENDED))
