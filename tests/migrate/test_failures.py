"""What fails is named, and keeps nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from contract_tests.targets import lean
from tests.migrate.unruly import client_of, failing

import tracklayer as tl
from tracklayer.errors import Rejected, Unavailable


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tl.Client]:
    """Runs `0` to `5` of one experiment, `3` the parent of `4`; and an experiment without runs."""
    with tl.connect(f"local:{tmp_path / 'source.db'}") as client:
        for number in range(6):
            if number == 4:
                continue
            with tl.start_run("e", name=str(number), to=client.url, params={"number": number}) as run:
                run.log_text(str(number), f"{number}.txt")
                if number == 3:
                    with tl.start_run("e", name="4", parent=True, to=client.url):
                        tl.log_param("number", 4)
        client.create_experiment("empty")
        yield client


@pytest.fixture
def target() -> str:
    return f"memory://{uuid4().hex}"


def named(client: tl.Client) -> dict[str, str]:
    return {str(run.name): run.id for run in client.runs()}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Rejected("too\n  long", provider="memory", operation="get_run"), "memory: get_run: too long"),
        (ValueError("a driver's\nmistake"), "ValueError: a driver's mistake"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
    ],
)
def test_a_run_that_fails_is_named_and_keeps_no_other(
    source: tl.Client, target: str, error: Exception, reason: str
) -> None:
    ids = named(source)
    broken = failing(source.url, lambda called, on: error if called == "get_run" and on == ids["1"] else None)
    with tl.connect(target) as client:
        summary = tl.migrate(broken, client)
        (failure,) = summary.failed
        assert (failure.run, failure.name, failure.reason) == (ids["1"], "1", reason)
        assert (summary.copied, summary.ok) == (5, False)
        assert set(named(client)) == {"0", "2", "3", "4", "5"}
        assert ids["1"] not in summary.runs
        assert tl.migrate(source, client).copied == 1
        assert set(named(client)) == set(ids)


def test_the_child_of_a_run_that_failed_waits_for_it(source: tl.Client, target: str) -> None:
    ids = named(source)
    error = Rejected("no", provider="local", operation="get_run")
    broken = failing(source.url, lambda called, on: error if called == "get_run" and on == ids["3"] else None)
    with tl.connect(target) as client:
        reasons = {failure.name: failure.reason for failure in tl.migrate(broken, client).failed}
        assert reasons == {"3": str(error), "4": f"its parent {ids['3']!r} could not be copied"}
        assert tl.migrate(source, client).copied == 2
        copies = {run.name: run for run in client.runs()}
        assert copies["4"].parent == copies["3"].ref


def test_a_place_that_is_silent_is_not_asked_for_ever(source: tl.Client, target: str) -> None:
    asked = []

    def fault(called: str, on: str) -> BaseException | None:
        if called != "create_run":
            return None
        asked.append(on)
        return Unavailable("gone", provider="memory", operation="create_run")

    summary = tl.migrate(source, failing(target, fault), workers=1, verify=False)
    assert len(asked) == 3
    assert len(summary.failed) == 6
    reasons = [failure.reason for failure in summary.failed if failure.reason.startswith("not tried: ")]
    assert reasons == ["not tried: memory: create_run: gone"] * 3


def test_a_place_that_is_silent_now_and_then_is_asked_on(source: tl.Client, target: str) -> None:
    ids = named(source)
    wanted = {ids["0"], ids["1"], ids["3"], ids["5"]}
    error = Unavailable("busy", provider="local", operation="get_run")
    broken = failing(source.url, lambda called, on: error if called == "get_run" and on in wanted else None)
    summary = tl.migrate(broken, target)
    assert {failure.name for failure in summary.failed} == {"0", "1", "3", "4", "5"}
    assert summary.copied == 1


def test_an_experiment_that_cannot_be_made_is_named_and_its_runs_with_it(source: tl.Client, target: str) -> None:
    with tl.connect(target) as client:
        client.delete(client.create_experiment("e"))
        summary = tl.migrate(source, client)
        assert len(summary.failed) == 7
        (home,) = [failure for failure in summary.failed if failure.run is None]
        assert "the experiment 'e' is deleted" in home.reason
        assert summary.experiments == 1
        client.restore(client.experiment("e"))
        assert tl.migrate(source, client).copied == 6


def test_an_experiment_that_somebody_else_makes_at_the_same_time(source: tl.Client, target: str) -> None:
    other = tl.connect(target)

    def quicker(called: str, _: str) -> None:
        if called == "create_experiment" and not list(other.experiments()):
            other.create_experiment("e")
            other.create_experiment("empty")

    with other:
        summary = tl.migrate(source, failing(target, quicker))
        assert (summary.failed, summary.copied, summary.experiments) == ((), 6, 0)


def test_what_the_target_does_not_offer_is_said_of_each_run(source: tl.Client) -> None:
    with client_of(lean.TARGET.open()) as target:
        summary = tl.migrate(source, target)
    assert summary.copied == 0
    reasons = {failure.name: failure.reason for failure in summary.failed}
    assert len(reasons) == 6
    assert all(reason.startswith("lean does not offer") for name, reason in reasons.items() if name != "4")
