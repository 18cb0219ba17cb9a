"""Param values, moments and paths."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import pytest
from contract_tests.strategies import instants, param_values
from hypothesis import given

from tracklayer.errors import InvalidInput
from tracklayer.model import Artifact, Batch, Owner, ParamValue, Query, Run, RunRef, checked_path, same
from tracklayer.model.ids import ExperimentRef

ALIKE: list[ParamValue] = [1, True, 1.0, "1", "1.0", "True"]


@given(param_values)
def test_a_value_is_the_same_as_itself(value: ParamValue) -> None:
    assert same(value, value)
    assert type(Batch(params={"p": value}).params["p"]) is type(value)


@pytest.mark.parametrize("one", ALIKE)
def test_values_that_look_alike_are_not_the_same(one: ParamValue) -> None:
    assert [same(one, other) for other in ALIKE].count(True) == 1


def test_nan_is_the_same_as_nan_and_as_nothing_else() -> None:
    assert same(math.nan, float("nan"))
    assert not same(math.nan, 0.0)
    assert not same(math.nan, "nan")


@given(instants)
def test_a_moment_is_kept_in_utc_and_stays_the_same_moment(moment: datetime) -> None:
    ended = Batch(ended=moment).ended
    assert ended == moment
    assert ended is not None
    assert ended.utcoffset() == timedelta(0)


def test_a_moment_at_the_edge_of_time_is_refused_in_one_line() -> None:
    with pytest.raises(InvalidInput, match="a moment"):
        Batch(ended=datetime.min.replace(tzinfo=timezone(timedelta(hours=5))))


@pytest.mark.parametrize(
    "path", ["a", "a/b/c.txt", ".hidden", "...", "a b", "é/🚀", "a#b", "a?b", "a%41", "-rf", "a\nb"]
)
def test_a_relative_path_is_an_artifacts(path: str) -> None:
    assert checked_path(path) == path
    assert Artifact(path=path).path == path


@pytest.mark.parametrize(
    "path",
    ["", "/", "/etc/passwd", "../x", "a/../b", "a/..", "..", ".", "./a", "a/./b", "a//b", "a/", "a\\b", "..\\x", "a\0"],
)
def test_a_path_that_leaves_its_folder_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="illegal artifact path"):
        checked_path(path)
    with pytest.raises(InvalidInput, match="illegal artifact path"):
        Artifact(path=path)


def test_a_path_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidInput, match="lone surrogate"):
        checked_path("a\ud800")


def test_refs_point_at_what_they_were_made_from() -> None:
    home = ExperimentRef(id="1")
    run = Run(id="4f1c", experiment=home, status="running")
    assert run.ref == RunRef(id="4f1c")
    assert Query(experiments=(home,)).view == "active"
    owners: list[Owner] = [RunRef(id="1"), ExperimentRef(id="1")]
    assert len(set(owners)) == 2
