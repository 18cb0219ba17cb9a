"""The runs that run just now, look after look."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracklayer as tl
from tracklayer.compare.running import Running


def names(found: tl.Comparison) -> list[tuple[str, str]]:
    return sorted((row.name, row.run.status) for row in found.rows)


def test_runs_are_seen_while_they_run_and_once_they_ended(tmp_path: Path) -> None:
    places = [f"local:{tmp_path / name}.db" for name in "ab"]
    with tl.start_run("digits", name="over", to=places[0]):
        pass
    running = Running(places, metrics=["acc", "loss"], directions={"loss": "max"})
    first = tl.start_run("digits", name="first", to=places[0])
    look = running.look()
    assert names(look) == [("first", "running")]
    assert [failure.place for failure in look.failures] == [places[1]]
    assert look.metrics == {}
    first.log_metric("loss", 0.5)
    first.log_metric("other", 0.5)
    second = tl.start_run("digits", name="second", to=places[1])
    look = running.look()
    assert names(look) == [("first", "running"), ("second", "running")]
    assert look.failures == ()
    assert dict(look.metrics) == {"loss": "max"}
    assert look.said == frozenset({"loss"})
    first.end()
    second.end("failed")
    assert names(running.look()) == [("first", "finished"), ("second", "failed")]
    assert names(running.look()) == [("first", "finished"), ("second", "failed")]


def test_a_run_that_is_watched_by_its_url_is_shown_however_it_is(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    with tl.start_run("digits", name="over", to=place) as run:
        run.log_metric("loss", 0.5)
    found = Running([tl.run_url(place, run.id)], filter="metrics.loss > 1").look()
    assert names(found) == [("over", "finished")]
    assert Running([place], filter="metrics.loss < 1").look().rows == ()


def test_runs_of_a_place_that_is_gone_for_a_while_are_not_taken_to_have_ended(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    with tl.start_run("digits", name="going", to=f"local:{store}") as run:
        running = Running([f"local:{store}"])
        assert names(running.look()) == [("going", "running")]
        run.flush()
        store.rename(tmp_path / "away.db")
        look = running.look()
        assert (look.rows, len(look.failures)) == ((), 1)
        (tmp_path / "away.db").rename(store)
        assert names(running.look()) == [("going", "running")]


def test_what_is_wrong_is_said_at_once() -> None:
    with pytest.raises(tl.InvalidInput, match="must be 'min' or 'max'"):
        Running(["local:"], directions={"loss": "up"})
    with pytest.raises(tl.InvalidInput, match="filter"):
        Running(["local:"], filter="loss <").look()
