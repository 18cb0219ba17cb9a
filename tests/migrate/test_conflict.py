"""An experiment of the same name at the target: merged with, stepped aside from, or left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar
from uuid import uuid4

import pytest
from tests.migrate import small
from tests.migrate.unruly import client_of, failing

import tracklayer as tl
from tracklayer.errors import InvalidInput, Unavailable
from tracklayer.migrate.homes import OnConflict
from tracklayer.migrate.identity import another_name
from tracklayer.model import ExperimentRef, Run, RunDraft
from tracklayer.spi import Wrapper, open_driver

T = TypeVar("T")


@pytest.fixture
def source() -> Iterator[tl.Client]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        small.fill(client, 2)
        yield client


@pytest.fixture
def target() -> Iterator[tl.Client]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        yield client


def held(client: tl.Client) -> dict[str, int]:
    """Experiment -> its runs."""
    return {one.name: sum(1 for _ in client.runs(one.name)) for one in client.experiments()}


def other_name(source: tl.Client) -> str:
    return another_name(small.EXPERIMENT, source.url, source.experiment(small.EXPERIMENT).id)


def test_merge_adds_the_runs_to_what_is_there_and_leaves_that_as_it_is(source: tl.Client, target: tl.Client) -> None:
    target.create_experiment(small.EXPERIMENT, tags={"team": "blue"})
    with tl.start_run(small.EXPERIMENT, to=target.url):
        pass
    for copied, there in ((2, 0), (0, 2)):
        summary = tl.migrate(source, target)
        assert (summary.ok, summary.experiments, summary.copied, summary.there) == (True, 0, copied, there)
    assert held(target) == {small.EXPERIMENT: 3}
    assert target.experiment(small.EXPERIMENT).tags == {"team": "blue"}


def test_rename_steps_aside_and_finds_its_own_again(source: tl.Client, target: tl.Client) -> None:
    target.create_experiment(small.EXPERIMENT)
    for made, copied in ((1, 2), (0, 0)):
        summary = tl.migrate(source, target, on_conflict="rename")
        assert (summary.ok, summary.experiments, summary.copied) == (True, made, copied)
        assert summary.certificate is not None
        assert summary.certificate.clean
    assert held(target) == {small.EXPERIMENT: 0, other_name(source): 2}
    assert target.experiment(other_name(source)).tags == {"team": "red"}
    assert next(target.runs(other_name(source))).origin is not None


def test_fail_copies_none_of_its_runs_and_names_it(source: tl.Client, target: tl.Client) -> None:
    target.create_experiment(small.EXPERIMENT)
    with tl.start_run("another", to=source.url):
        pass
    summary = tl.migrate(source, target, on_conflict="fail")
    home, *runs = summary.failed
    assert home.run is None
    assert home.reason == f"an experiment {small.EXPERIMENT!r} is there already: say --on-conflict merge or rename"
    assert {run.name: run.reason for run in runs} == dict.fromkeys(
        ["run 0", "run 1"], "its experiment could not be made at the target"
    )
    assert held(target) == {small.EXPERIMENT: 0, "another": 1}


@pytest.mark.parametrize("on_conflict", ["rename", "fail"])
def test_what_a_migration_made_itself_is_no_conflict(
    source: tl.Client, target: tl.Client, on_conflict: OnConflict
) -> None:
    for _ in range(2):
        assert tl.migrate(source, target, on_conflict=on_conflict).ok
    assert held(target) == {small.EXPERIMENT: 2}
    with tl.connect(f"memory://{uuid4().hex}") as other:
        small.fill(other, 1)
        assert tl.migrate(other, target, on_conflict=on_conflict).ok is (on_conflict == "rename"), "it is another's"


@pytest.mark.parametrize("on_conflict", ["rename", "fail"])
def test_killed_between_making_an_experiment_and_marking_it_it_is_still_known(
    source: tl.Client, target: tl.Client, on_conflict: OnConflict
) -> None:
    killed = failing(target.url, lambda called, _: KeyboardInterrupt() if called == "put_sidecar" else None)
    with pytest.raises(KeyboardInterrupt):
        tl.migrate(source, killed, on_conflict=on_conflict)
    assert held(target) == {small.EXPERIMENT: 0}
    assert tl.migrate(source, target, on_conflict=on_conflict).ok
    assert held(target) == {small.EXPERIMENT: 2}


def test_what_is_no_way_to_decide_is_refused_before_anything_is_read(source: tl.Client, target: tl.Client) -> None:
    with pytest.raises(InvalidInput, match="on_conflict must be one of merge, rename, fail, not 'replace'"):
        tl.migrate(source, target, on_conflict="replace")  # type: ignore[arg-type] # that is the point
    assert held(target) == {}


class Losing(Wrapper):
    """A place that makes things and loses its answer, the first `times`; whether they were made it does not say.

    It holds who asks to it that a `fresh` run is one: MLflow makes a second one else.
    """

    def __init__(self, url: str, operation: str, times: int) -> None:
        super().__init__(open_driver(url))
        self.operation = operation
        self.times = times
        self.tokens: set[str] = set()

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        done = super().around(operation, on, call)
        if operation == self.operation and self.times > 0:
            self.times -= 1
            raise Unavailable("the connection broke off", provider="memory", operation=operation, retryable=False)
        return done

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        assert not (draft.fresh and draft.token in self.tokens), "it may be there"
        self.tokens.add(draft.token)
        return super().create_run(experiment, draft)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("operation", ["create_experiment", "create_run", "write", "put_artifact"])
def test_what_was_made_though_its_answer_was_lost_is_found(
    source: tl.Client, target: tl.Client, operation: str, times: int
) -> None:
    losing = client_of(Losing(target.url, operation, times))
    summary = tl.migrate(source, losing)
    assert (summary.failed, summary.copied) == ((), 2)
    assert held(target) == {small.EXPERIMENT: 2}
    assert tl.migrate(source, target, on_conflict="fail").there == 2
