"""The journal: a run that is logged through it is, at any place, the run that was logged."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contract_tests.marks import needs, processes
from contract_tests.place import Place, unique
from contract_tests.watching import Refusal

import tracklayer as tl
from tracklayer.errors import Unsupported
from tracklayer.layers.journal.carrier import close_all
from tracklayer.layers.journal.folder import journals
from tracklayer.layers.journal.sync import sync
from tracklayer.spi import Feature


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path / "journal"))
    monkeypatch.setenv("TRACKLAYER_CAPTURE", "off")
    monkeypatch.setenv("TRACKLAYER_SYSTEM_METRICS", "off")
    yield tmp_path / "journal"
    close_all()


@contextmanager
def asked(place: Place) -> Iterator[None]:
    """What is refused in the block is refused by the journal, before anything is sent. Nothing may be under way."""
    before = place.ledger.calls.total()
    try:
        yield
    except Unsupported as error:
        place.ledger.refusals.append(Refusal(error, place.ledger.calls.total() - before))
        raise


@pytest.fixture
def client(place: Place) -> tl.Client:
    """A client on a whole stack of its own, as it is watched: what it carries is let go of with the test."""
    return tl.Client(place.again().driver)


def test_what_is_logged_arrives(client: tl.Client, place: Place, home: Path) -> None:
    with client.start_run(unique("journal"), name="first", params={"model": "svm"}, tags={"team": "red"}) as run:
        for step in range(2_500):
            run.log_metric("loss", step / 2, step=step)
        run.set_tag("team", "blue")
        run.log_param("kernel", "rbf" * 5_000)
    found = place.read(run.ref)
    assert (found.name, found.status) == ("first", "finished")
    assert found.params == {"model": "svm", "kernel": "rbf" * 5_000}
    assert found.tags == {"team": "blue"}
    assert set(found.metrics) == {"loss"}
    assert run.pending() == {client.url: 0}
    assert journals(home) == []


@needs(Feature.METRIC_HISTORY)
def test_every_point_arrives(client: tl.Client, place: Place) -> None:
    with client.start_run(unique("journal")) as run:
        for step in range(1_200):
            run.log_metrics({"loss": step / 2, "acc": -step}, step=step)
    for key in ("loss", "acc"):
        assert list(place.points(run.ref, key).steps) == list(range(1_200))


@needs(Feature.TYPED_PARAMS, Feature.METRIC_NAN, Feature.METRIC_INFINITY, Feature.METRIC_NEGATIVE_STEP)
def test_types_and_odd_points_arrive(client: tl.Client, place: Place) -> None:
    params = {"int": 3, "big": 10**40, "float": 0.1, "nan": math.inf, "truth": True, "text": "True"}
    with asked(place):
        run = client.start_run(unique("journal"), params=params)
    with run:
        for step, value in ((-5, math.nan), (0, math.inf), (7, 0.5)):
            run.log_metric("odd", value, step=step)
    found = place.read(run.ref)
    assert found.params == params
    assert {key: type(value) for key, value in found.params.items()} == {k: type(v) for k, v in params.items()}


@needs(Feature.ARTIFACTS)
def test_files_arrive(client: tl.Client, place: Place) -> None:
    with client.start_run(unique("journal")) as run:
        assert run.flush()
        with asked(place):
            run.log_text("0", "folder/0.txt")
        for number in range(1, 5):
            run.log_text(str(number), f"folder/{number}.txt")
        run.log_text("again", "folder/0.txt")
    assert place.get(run.ref, "folder/0.txt") == b"again"
    assert len(place.files(run.ref)) == 5


@needs(Feature.RESUME)
def test_a_run_that_goes_on(client: tl.Client, place: Place) -> None:
    with client.start_run(unique("journal"), params={"a": "1"}) as run:
        pass
    with asked(place):
        again = client.start_run(resume=run.id, params={"b": "2"})
    with again:
        assert again.flush()
        assert place.read(again.ref).status == "running"
    found = place.read(run.ref)
    assert (found.params, found.status) == ({"a": "1", "b": "2"}, "finished")


@needs(Feature.NESTED_RUNS)
def test_nested_runs(client: tl.Client, place: Place) -> None:
    with client.start_run(unique("journal")) as above:
        assert above.flush()
        with asked(place):
            below = client.start_run(parent=above)
        below.end()
    assert place.read(below.ref).parent == above.ref


#: Logs for ever; says how far it is in a file that outlives it.
VICTIM = """
import sys, tracklayer as tl
run = tl.start_run(sys.argv[2], to=sys.argv[1], name="victim")
step = 0
with open(sys.argv[3], "wb", buffering=0) as told:
    while True:
        run.log_metric("loss", step, step=step)
        step += 1
        if step % 10 == 0:
            run.log_param(f"p{step}", str(step))
        told.seek(0)
        told.write(str(step).encode().rjust(12))
"""


@processes
@pytest.mark.parametrize("after", [40, 400])
def test_a_killed_process_loses_nothing(place: Place, home: Path, tmp_path: Path, after: int) -> None:
    told, experiment = tmp_path / "told", unique("journal")
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, place.bare.url, experiment, str(told)],
        env={**os.environ, **place.target.environment()},
        start_new_session=True,
    ) as process:
        while not told.exists() or int(told.read_bytes()[:12] or b"0") < after:
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    logged = int(told.read_bytes()[:12])
    for _ in range(3):
        left = [one for one in sync(home) if not one.ok]
        if not left:
            break
    assert left == []
    home_of = place.driver.get_experiment(experiment)
    (found,) = place.runs(home_of.ref)
    assert list(place.points(found.ref, "loss").steps)[:logged] == list(range(logged))
    assert found.params.keys() >= {f"p{step}" for step in range(10, logged, 10)}
    assert found.status == "failed"
    assert journals(home) == []
