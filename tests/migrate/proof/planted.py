"""A place with a family of runs, a copy of it, and the records of that copy, to plant differences in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import cast
from uuid import uuid4

import tracklayer as tl
from tracklayer.drivers.memory.driver import MemoryDriver
from tracklayer.drivers.memory.store import RunRecord, Store
from tracklayer.migrate.identity import HOME_PREFIX, home_mark, token
from tracklayer.migrate.proof.certificate import Certificate
from tracklayer.migrate.proof.verify import verify
from tracklayer.model import Batch, Dataset, ExperimentDraft, ExperimentRef, Points, RunDraft, RunRef, Source
from tracklayer.spi import open_driver

HOME = "digits [bold]"
STARTED = datetime(2024, 2, 29, 12, 0, 0, 123_456, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
ENDED = datetime(2024, 2, 29, 13, 0, 0, 1, tzinfo=timezone.utc)
DATASET = Dataset(name="digits", digest="d1", source="s3://b/k", context="train")
FILES = {"model/weights.bin": bytes(range(256)) * 40, "notes.txt": b"some notes", "empty": b""}
LOSS = [(step, 1_000 + step, 1 / (step + 1)) for step in range(50)]
ODD = [(-5, 0, math.nan), (-5, 0, math.inf), (3, 7, 0.0), (3, 7, 1.0), (3, 8, 1.0)]


def fill(client: tl.Client) -> None:
    """A parent with a child, which has some of everything, and a run that stands alone; a second after each other."""
    driver = client.driver
    home = driver.create_experiment(ExperimentDraft(name=HOME, tags={"team": "red"}, description="of\nmany")).ref
    parent = driver.create_run(home, RunDraft(token=uuid4().hex, name="parent", started=STARTED))
    child = driver.create_run(
        home,
        RunDraft(
            token=uuid4().hex,
            name="child",
            started=STARTED + SECOND,
            parent=parent.ref,
            description="what it is",
            user="ada",
            source=Source(commit="c0ffee", branch="main", dirty=False),
        ),
    )
    params = {"lr": 0.1, "layers": 3, "yes": True, "nan": math.nan, "text": "3"}
    points = (Points.of("loss", LOSS), Points.of("odd", ODD))
    tags = {"team": "red", "empty": ""}
    driver.write(child.ref, Batch(params=params, tags=tags, inputs=(DATASET,), points=points))
    for path, data in FILES.items():
        driver.put_artifact(child.ref, path, BytesIO(data))
    alone = driver.create_run(home, RunDraft(token=uuid4().hex, name="alone", started=STARTED + 2 * SECOND))
    for made in (parent, child, alone):
        driver.write(made.ref, Batch(status="finished", ended=ENDED))


def store_of(client: tl.Client) -> Store:
    """What the place of a client holds, all layers aside."""
    return cast("MemoryDriver", open_driver(client.url)).store


@dataclass
class Copied:
    """A place, its copy, and the copy's records."""

    source: tl.Client
    target: tl.Client

    @property
    def store(self) -> Store:
        return store_of(self.target)

    def original(self, name: str = "child") -> tl.Run:
        (found,) = self.source.runs(filter=f"run_name = '{name}'")
        return found

    def record(self, name: str = "child") -> RunRecord:
        return self.store.tokens[token(self.source.url, self.original(name).id)]

    def verify(self) -> Certificate:
        return verify(self.source, self.target)


def copied(source: tl.Client) -> Copied:
    """A fresh copy of a place; its experiments say that a migration made them."""
    target = tl.connect(f"memory://{uuid4().hex}")
    assert tl.migrate(source, target, verify=False).failed == ()
    for home in source.experiments():
        mark = home_mark(source.url, home.id)
        there = target.experiment(home.name).ref
        if mark not in target.driver.get_sidecars(there, HOME_PREFIX):
            target.driver.put_sidecar(ExperimentRef(id=there.id), mark, b"made")
    return Copied(source, target)


def ref(record: RunRecord) -> RunRef:
    return RunRef(id=record.id)
