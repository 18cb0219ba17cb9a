"""Runs: made, read, renamed, ended, resumed, listed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place

from tracklayer.model import ENDED, Origin, Run, Source, Status
from tracklayer.spi import Feature

UTC = timezone.utc
MOMENTS = [
    datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 4, 5, 6, 7, 891_234, tzinfo=UTC),
    datetime(2026, 3, 4, 5, 6, 7, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(2199, 1, 1, tzinfo=UTC),
]


def test_a_run_is_read_back_as_it_was_made(place: Place) -> None:
    made = place.run(name="first", tags={"stage": "dev"})
    assert (made.name, made.status, made.tags) == ("first", "running", {"stage": "dev"})
    assert made.experiment == place.shared
    assert (made.params, made.metrics, made.inputs, made.ended, made.deleted) == ({}, {}, (), None, False)
    assert place.read(made) == made


def test_a_run_is_there_for_another_process(place: Place, run: Run) -> None:
    assert place.again().read(run) == run


def test_a_run_starts_now_when_nothing_is_said(run: Run) -> None:
    assert run.started is not None
    assert abs(datetime.now(UTC) - run.started) < timedelta(hours=1)


def test_two_runs_may_have_one_name(place: Place) -> None:
    first, second = place.run(name="same"), place.run(name="same")
    assert first.id != second.id
    assert place.read(first).name == place.read(second).name == "same"


def test_a_run_without_a_name_has_none_or_one_that_the_provider_made_up(place: Place) -> None:
    made = place.run(name=None)
    assert made.name is None or made.name
    assert place.read(made).name == made.name


@needs(Feature.BACKDATING)
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_start_and_end_are_exact_to_the_microsecond(place: Place, moment: datetime) -> None:
    made = place.run(started=moment)
    place.write(made, status="finished", ended=moment + timedelta(seconds=90, microseconds=5))
    read = place.read(made)
    assert made.started == read.started == moment
    assert read.ended == moment + timedelta(seconds=90, microseconds=5)
    assert "started" not in read.approximate
    assert "ended" not in read.approximate


@pytest.mark.parametrize("status", ["finished", "failed", "killed", "scheduled"])
def test_a_run_takes_every_status(place: Place, run: Run, status: Status) -> None:
    place.write(run, status=status)
    read = place.read(run)
    assert read.status == status
    assert read.ended is None or status in ENDED


def test_a_run_may_be_made_with_a_status(place: Place) -> None:
    assert place.read(place.run(status="scheduled")).status == "scheduled"


@needs(Feature.RESUME)
@pytest.mark.parametrize("ended", sorted(ENDED))
def test_a_run_that_ended_goes_on(place: Place, run: Run, ended: Status) -> None:
    place.write(run, status=ended)
    place.write(run, status="running")
    read = place.read(run)
    assert (read.status, read.ended) == ("running", None)


@needs(Feature.RESUME, Feature.BACKDATING)
def test_a_run_that_goes_on_forgets_its_end(place: Place, run: Run) -> None:
    place.write(run, status="finished", ended=MOMENTS[1])
    place.write(run, status="running")
    assert place.read(run).ended is None
    place.write(run, status="failed", ended=MOMENTS[3])
    assert place.read(run).ended == MOMENTS[3]


def test_what_is_written_after_the_end_is_kept(place: Place, run: Run) -> None:
    place.write(run, status="finished")
    place.write(run, params={"late": "yes"}, tags={"late": "yes"})
    read = place.read(run)
    assert (read.params, read.tags, read.status) == ({"late": "yes"}, {"late": "yes"}, "finished")


def test_a_run_is_renamed(place: Place, run: Run) -> None:
    for name in ("second", "a/b 🚀", "x" * 300, "third"):
        place.write(run, name=name)
        assert place.read(run).name == name


@needs(Feature.DESCRIPTION)
@pytest.mark.parametrize("text", ["What it is for.", "two\nlines", "é🚀", "x" * 20_000])
def test_the_description_of_a_run_comes_back(place: Place, text: str) -> None:
    made = place.run(description=text)
    assert made.description == place.read(made).description == text


@needs(Feature.DESCRIPTION)
def test_a_description_is_replaced(place: Place) -> None:
    made = place.run(description="first" * 4_000)
    for text in ("second", "third" * 4_000, "fourth"):
        place.write(made, description=text)
        assert place.read(made).description == text
        assert place.read(made).tags == {}


@needs(Feature.PROVENANCE)
def test_user_and_source_come_back(place: Place) -> None:
    source = Source(
        commit="4f1c" * 10, branch="feature/é", dirty=True, remote="https://git.example/x.git", command="python a.py"
    )
    made = place.run(user="ada", source=source)
    read = place.read(made)
    assert (read.user, read.source, read.tags) == ("ada", source, {})


@needs(Feature.PROVENANCE)
@pytest.mark.parametrize(
    "source", [Source(dirty=False), Source(command="python train.py " + "--x=1 " * 3_000), Source(branch="")]
)
def test_any_part_of_a_source_may_be_missing_or_long(place: Place, source: Source) -> None:
    assert place.read(place.run(user="u" * 600, source=source)).source == source


def test_the_origin_of_a_migrated_run_comes_back(place: Place) -> None:
    origin = Origin(url="mlflow+http://127.0.0.1:5000", experiment="vision", run="4f1c")
    made = place.run(origin=origin, tags={"user's": "own"})
    read = place.read(made)
    assert made.origin == read.origin == origin
    assert read.tags == {"user's": "own"}


def test_the_token_comes_back(place: Place) -> None:
    token = uuid4().hex
    made = place.run(token=token)
    assert made.token == place.read(made).token == token
    assert made.tags == {}
