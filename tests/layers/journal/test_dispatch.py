"""Dispatch: one journal, several places; each at its own pace, and each in the end with all of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tracklayer as tl
from tracklayer.layers.journal.folder import journals

NOWHERE = "mlflow+http://127.0.0.1:9"


def home() -> Path:
    return Path(os.environ["TRACKLAYER_HOME"])


def only(place: str) -> tl.Run:
    with tl.connect(place) as client:
        (run,) = client.runs("digits")
        assert list(client.metric_history(run, "loss").steps) == list(range(100))
        with client.open_artifact(run, "x.txt") as file:
            assert file.read() == b"hello"
        return run


def log(run: tl.ActiveRun) -> None:
    for step in range(100):
        run.log_metric("loss", 0.5, step=step)
    run.log_text("hello", "x.txt")


def test_two_places_get_the_same_run(tmp_path: Path) -> None:
    one, two = f"local:{tmp_path / 'one.db'}", f"memory://{tmp_path.name}"
    with tl.start_run("digits", to=[one, two], name="both", params={"lr": 0.1}) as run:
        log(run)
    first, second = only(one), only(two)
    assert (first.name, first.params, first.status) == (second.name, second.params, second.status)
    assert first.token == second.token
    assert run.url.startswith(f"{one}#")
    assert run.pending() == {one: 0, two: 0}
    assert journals(home()) == []


def test_several_places_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = f"local:{tmp_path / 'one,two.db'}", "memory://environment"
    monkeypatch.setenv("TRACKLAYER_URL", f"{one}, {two}")
    with tl.start_run("digits") as run:
        log(run)
    assert only(one).token == only(two).token
    with tl.connect() as client:
        assert client.url == tl.connect(one).url, "the first one is read"


def test_a_place_that_is_gone_touches_neither_training_nor_the_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = f"local:{tmp_path / 'one.db'}"
    run = tl.start_run("digits", to=[NOWHERE, one], options=tl.Options(flush_timeout=10))
    log(run)
    run.end()
    assert only(one).status == "finished"
    pending = run.pending()
    assert pending[one] == 0
    assert pending[NOWHERE] > 100
    said = [record.getMessage() for record in caplog.records]
    assert [line for line in said if f"have not reached {NOWHERE}" in line]
    assert not [line for line in said if f"have not reached {one}" in line]


def test_a_child_run_in_several_places_has_its_parent_in_each(tmp_path: Path) -> None:
    places = [f"local:{tmp_path / 'one.db'}", "memory://nested"]
    with tl.start_run("digits", to=places, name="above"), tl.start_run(parent=True, name="below") as child:
        assert child.pending().keys() == set(places)
    for place in places:
        with tl.connect(place) as client:
            runs = {run.name: run for run in client.runs("digits")}
            assert runs["below"].parent == runs["above"].ref


def test_what_only_some_places_offer_is_left_out_in_the_others() -> None:
    from contract_tests.targets.lean import TARGET  # noqa: PLC0415

    lean = tl.Client(TARGET.open())
    with pytest.raises(tl.Unsupported):
        lean.start_run(description="why")


#: Leaves a run that never reached its place, and dies.
DIES = """
import os, sys, tracklayer as tl
run = tl.start_run("orphans", to=sys.argv[1], name="orphan")
run.log_metric("loss", 1, step=1)
os._exit(9)
"""
NEXT = """
import sys, tracklayer as tl
with tl.start_run("orphans", to=sys.argv[1], name="next") as run:
    with tl.connect(sys.argv[1]) as client:
        import select
        for _ in range(600):
            found = {run.name: run for run in client.runs("orphans")}
            if "orphan" in found and found["orphan"].status == "failed":
                break
            select.select([], [], [], 0.1)
        else:
            raise SystemExit(f"not adopted: {found}")
"""


def test_the_next_process_carries_on_with_what_one_that_died_left(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'one.db'}"
    subprocess.run([sys.executable, "-c", DIES, place], timeout=120, check=False)
    assert len(journals(home())) == 1
    subprocess.run([sys.executable, "-c", NEXT, place], timeout=120, check=True)
    assert journals(home()) == []
