"""Carriers: what is logged goes on its way, at its own pace, whatever the place does; training does not notice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import uuid4

import pytest

import tracklayer as tl
from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.layers.journal import carrier as module
from tracklayer.layers.journal.folder import journals
from tracklayer.layers.stack import stack
from tracklayer.spi import Driver, Wrapper

T = TypeVar("T")


class Gated(Wrapper):
    """A place that can be made to hang, to fail, or to answer; counts what it is asked."""

    def __init__(self, inner: Driver) -> None:
        super().__init__(inner)
        self.calls: list[str] = []
        self.open_gate = Event()
        self.open_gate.set()
        self.error: Exception | None = None

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        del on
        self.calls.append(operation)
        self.open_gate.wait(120)
        if self.error is not None:
            raise self.error
        return call()


def down() -> tl.Unavailable:
    return tl.Unavailable("nobody is there", provider="gated", operation="any", retryable=False)


@pytest.fixture
def place() -> Iterator[Gated]:
    gated = Gated(stack(MemoryDriver(url=f"memory://{uuid4().hex}")))
    yield gated
    gated.open_gate.set()


@pytest.fixture
def client(place: Gated) -> tl.Client:
    return tl.Client(place)


def test_start_and_logging_wait_for_no_place(client: tl.Client, place: Gated) -> None:
    place.open_gate.clear()
    run = client.start_run("digits", params={"lr": 0.1})
    for step in range(1_000):
        run.log_metric("loss", 0.5, step=step)
    run.set_tag("a", "b")
    run.log_text("hello", "x.txt")
    assert set(run.pending()) == {client.url}
    assert run.pending()[client.url] > 1_000
    assert not run.flush(timeout=0.1)
    with pytest.raises(tl.Unavailable, match=r"has not been made there within 0\.1 s"):
        run.delivery.run(0.1)
    place.open_gate.set()
    assert run.flush()
    assert client.run(run.id).metrics["loss"].count == 1_000


def test_thousands_of_points_are_few_writes(client: tl.Client, place: Gated) -> None:
    run = client.start_run()
    assert run.flush()
    place.open_gate.clear()
    for step in range(20_000):
        run.log_metric("loss", 0.5, step=step)
    place.calls.clear()
    place.open_gate.set()
    assert run.flush()
    assert place.calls.count("write") <= 3


@pytest.mark.parametrize(("pause", "due_after"), [(0.0, 1.0), (0.5, 1.0), (10.0, 10.0)])
def test_a_place_with_dear_writes_is_given_more_at_a_time(
    monkeypatch: pytest.MonkeyPatch, pause: float, due_after: float
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    carrier = module.Carrier("memory://dear", MemoryDriver)
    shipment: Any = SimpleNamespace(
        breaker=carrier.breaker,
        cursor=SimpleNamespace(run="r", done=False),
        waiting=10,
        writer=object(),
        over=False,
        driver=MemoryDriver(MEMORY.model_copy(update={"pause": pause})),
    )
    assert not carrier._due(shipment, urgent=False)
    assert carrier._due(shipment, urgent=True), "who waits for it does not wait for that"
    now[0] += due_after - 0.25
    assert not carrier._due(shipment, urgent=False)
    now[0] += 0.25
    assert carrier._due(shipment, urgent=False)


def test_a_place_that_comes_back_is_caught_up_with(
    client: tl.Client, place: Gated, caplog: pytest.LogCaptureFixture
) -> None:
    run = client.start_run(name="patient")
    assert run.flush()
    place.error = down()
    for step in range(100):
        run.log_metric("loss", 0.5, step=step)
    assert not run.flush(timeout=20)
    place.error = None
    assert run.flush()
    assert client.run(run.id).metrics["loss"].count == 100
    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if "does not take what is logged to run 'patient'" in line]) == 1
    assert len([line for line in said if "takes what is logged again" in line]) == 1


def test_one_run_that_is_refused_holds_up_no_other(client: tl.Client, place: Gated) -> None:
    home = client.create_experiment("gone")
    client.delete(home)
    stuck = client.start_run("gone")
    fine = client.start_run("digits")
    fine.log_metric("loss", 1)
    assert fine.flush()
    assert not stuck.flush(timeout=10)
    assert len(list(client.runs("digits"))) == 1
    assert place.calls.count("create_run") >= 1


def test_a_hundred_runs_at_once(client: tl.Client) -> None:
    runs = [client.start_run("many", name=f"run {number}") for number in range(100)]
    for step in range(20):
        for number, run in enumerate(runs):
            run.log_metric("loss", number, step=step)
    for run in runs:
        run.end()
    found = {run.name: run for run in client.runs("many")}
    assert len(found) == 100
    assert all(found[f"run {number}"].metrics["loss"].last == number for number in range(100))
    assert all(run.metrics["loss"].count == 20 and run.status == "finished" for run in found.values())
    assert journals(Path(os.environ["TRACKLAYER_HOME"])) == []


#: A place that is down while 5 million points are logged, and then comes up; the peak of memory stays where it was.
BACKLOG = """
import resource, sys, tracklayer as tl
from array import array
from tracklayer.drivers.local.driver import LocalDriver
from tracklayer.layers.stack import stack
from tracklayer.spi import Wrapper
from pathlib import Path

class Down(Wrapper):
    down = True
    def around(self, operation, on, call):
        if Down.down:
            raise tl.Unavailable("down", provider="x", operation=operation, retryable=False)
        return call()

client = tl.Client(Down(stack(LocalDriver(Path(sys.argv[1])))))
run = client.start_run("backlog")
run.log_metric("warm", 1)
COUNT = 5_000_000
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
for start in range(0, 2_000_000):
    run.log_metric("loss", 0.5, step=start)
for start in range(2_000_000, COUNT, 10_000):
    steps = array("q", range(start, start + 10_000))
    run.log_points(tl.Points(key="loss", steps=steps, times=steps, values=array("d", [0.5]) * 10_000))
logged = peak()
Down.down = False
assert run.flush(timeout=500), run.pending()
run.end()
print(logged - before, peak() - before, run.pending())
with tl.connect(f"local:{sys.argv[1]}") as reader:
    assert next(reader.runs("backlog")).metrics["loss"].count == COUNT
"""


def test_a_backlog_of_five_million_points_takes_no_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BACKLOG, str(tmp_path / "store.db")],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    logging, shipping = (int(text) for text in done.stdout.split()[:2])
    assert logging < 40, f"{logging} MB more while 5 million points were logged"
    assert shipping < 120, f"{shipping} MB more while they were carried"


class Full(Wrapper):
    """A place that takes no more than one param at a time."""

    def write(self, run: Any, batch: Any, /) -> None:
        if len(batch.params) > 1:
            raise tl.Rejected("one at a time", provider="full", operation="write")
        super().write(run, batch)


def test_what_is_refused_together_and_taken_alone_lands() -> None:
    client = tl.Client(Full(stack(MemoryDriver(url=f"memory://{uuid4().hex}"))))
    with client.start_run(params={f"p{number}": number for number in range(40)}) as run:
        assert run.flush()
    assert len(client.run(run.id).params) == 40
