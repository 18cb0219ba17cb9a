"""Which runs are copied, and in which order."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.migrate.unruly import counting

import tracklayer as tl
from tracklayer.migrate.copy import MOST_POINTS
from tracklayer.migrate.selection import Selected, parents_first
from tracklayer.migrate.summary import Progress
from tracklayer.model import ExperimentRef, Points

HOME = ExperimentRef(id="1")


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tl.Client]:
    """`grid` with its child `leaf`, and `single`, which is deleted, in `e`; `other` in `f`."""
    with tl.connect(f"local:{tmp_path / 'source.db'}") as client:
        grid = tl.start_run("e", name="grid", to=client.url, params={"kind": "grid"})
        leaf = tl.start_run("e", name="leaf", parent=grid, to=client.url, params={"kind": "leaf"})
        leaf.log_metric("loss", 1.0)
        leaf.end()
        grid.end()
        with tl.start_run("e", name="single", to=client.url):
            pass
        with tl.start_run("f", name="other", to=client.url):
            pass
        client.delete(one(client, "single"))
        yield client


@pytest.fixture
def target() -> Iterator[tl.Client]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        yield client


def one(client: tl.Client, name: str) -> tl.Run:
    (found,) = client.runs(filter=f"run_name = '{name}'", view="all")
    return found


def names(client: tl.Client) -> set[str]:
    return {str(run.name) for run in client.runs()}


def test_all(source: tl.Client, target: tl.Client) -> None:
    summary = tl.migrate(source, target)
    assert names(target) == {"grid", "leaf", "other"}
    assert one(target, "leaf").parent == one(target, "grid").ref
    assert (summary.copied, summary.deleted, summary.orphans) == (3, 1, 0)


def test_an_experiment(source: tl.Client, target: tl.Client) -> None:
    summary = tl.migrate(source, target, experiment="f")
    assert names(target) == {"other"}
    assert [found.name for found in target.experiments()] == ["f"]
    assert summary.deleted == 0


def test_a_filter_and_a_child_without_its_parent(source: tl.Client, target: tl.Client) -> None:
    summary = tl.migrate(source, target, filter="params.kind = 'leaf'")
    assert names(target) == {"leaf"}
    assert [found.name for found in target.experiments()] == ["e"]
    assert summary.orphans == 1
    copy = one(target, "leaf")
    assert copy.parent is None
    assert copy.origin is not None
    assert source.run(copy.origin.run).parent == one(source, "grid").ref


@pytest.mark.parametrize("by", ["id", "url"])
def test_a_run(source: tl.Client, target: tl.Client, by: str) -> None:
    run = one(source, "other")
    summary = tl.migrate(source, target, run=run.id if by == "id" else tl.run_url(source.url, run.id))
    assert names(target) == {"other"}
    assert summary.runs == {run.id: tl.run_url(target.url, one(target, "other").id)}


def test_urls_will_do(source: tl.Client, target: tl.Client) -> None:
    assert tl.migrate(source.url, target.url).copied == 3
    assert names(target) == {"grid", "leaf", "other"}


def test_what_cannot_be_begun(source: tl.Client, target: tl.Client) -> None:
    with pytest.raises(tl.InvalidInput, match="one place"):
        tl.migrate(source.url, source)
    with pytest.raises(tl.InvalidInput, match="either one run"):
        tl.migrate(source, target, run="x", experiment="e")
    with pytest.raises(tl.InvalidInput, match="is deleted"):
        tl.migrate(source, target, run=one(source, "single").id)
    with pytest.raises(tl.NotFound):
        tl.migrate(source, target, run="nosuch")
    with pytest.raises(tl.NotFound):
        tl.migrate(source, target, experiment="nosuch")
    with pytest.raises(tl.InvalidInput):
        tl.migrate(source, target, filter="loss <<")
    with pytest.raises(tl.InvalidInput):
        tl.migrate(source, target, run=tl.run_url(target.url, "x"))
    assert list(target.experiments()) == []


def test_progress_tells_how_far_it_is(source: tl.Client, target: tl.Client) -> None:
    told: list[Progress] = []
    tl.migrate(source, target, progress=told.append)
    assert {now.total for now in told} == {3}
    copied, verified = ([now for now in told if now.phase == phase] for phase in ("copy", "verify"))
    assert told == copied + verified
    for phase in (copied, verified):
        assert [now.done for now in phase] == sorted(now.done for now in phase)
        assert (phase[-1].done, phase[-1].points) == (3, 1)
    assert {now.run for now in copied} == {"", "grid", "leaf", "other"}


def test_many_points_go_in_pieces(source: tl.Client) -> None:
    many = 4 * MOST_POINTS
    with tl.start_run("e", name="long", to=source.url) as run:
        columns = (array("q", range(many)), array("q", range(many)), array("d", range(many)))
        run.log_points(Points(key="loss", steps=columns[0], times=columns[1], values=columns[2]))
    client, counter = counting(f"memory://{uuid4().hex}")
    with client:
        summary = tl.migrate(source, client, run=run.id)
        assert summary.points == many
        page = max(counter.points)
        assert page < many
        assert sum(counter.points) == many
        copy = client.metric_history(one(client, "long"), "loss")
        assert copy == source.metric_history(run.id, "loss")


@given(st.lists(st.one_of(st.none(), st.integers(0, 14)), max_size=12))
def test_parents_come_first_whatever_the_family(parents: list[int | None]) -> None:
    listed = [
        Selected(id=str(at), name=None, experiment=HOME, parent=None if parent is None else str(parent))
        for at, parent in enumerate(parents)
    ]
    ordered = list(parents_first(listed))
    assert sorted(step.id for step in ordered) == sorted(step.id for step in listed)
    placed: set[str] = set()
    for step in ordered:
        assert step.parent is None or step.parent in placed
        placed.add(step.id)
    given_parent = {step.id: step.parent for step in listed}
    for step in ordered:
        if step.parent is None and given_parent[step.id] is not None:
            above, seen = given_parent[step.id], {step.id}
            while above in given_parent and above not in seen:
                seen.add(str(above))
                above = given_parent[str(above)]
            assert above not in given_parent or above in seen, "let go only when it is not there, or in a circle"


def test_siblings_keep_their_order() -> None:
    listed = [Selected(id=name, name=None, experiment=HOME, parent=None) for name in "cab"]
    assert [step.id for step in parents_first(listed)] == ["c", "a", "b"]
