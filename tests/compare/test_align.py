"""The same run in several places becomes one row."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from tests.compare.runs import NOON, held, metric

from tracklayer.compare import align
from tracklayer.model import Dataset

A, B, C = "local:/a", "mlflow+http://127.0.0.1:5000", "memory://c"


def test_runs_that_have_nothing_in_common_stand_alone() -> None:
    rows = align([held("1"), held("2"), held("1", B)])
    assert [[copy.url for copy in row.copies] for row in rows] == [["local:/a#1"], ["local:/a#2"], [f"{B}#1"]]


def test_a_copy_stands_with_its_original_which_comes_first() -> None:
    (row,) = align([held("9", B, origin=(A, "1")), held("1")])
    assert [copy.place for copy in row.copies] == [A, B]
    assert row.differences == ()


def test_two_copies_of_an_original_that_is_not_read() -> None:
    (row,) = align([held("9", B, origin=(A, "1")), held("8", C, origin=(A, "1"))])
    assert {copy.place for copy in row.copies} == {B, C}


def test_a_run_that_is_given_twice_counts_once() -> None:
    (row,) = align([held("1"), held("1")])
    assert len(row.copies) == 1


def test_no_runs_no_rows() -> None:
    assert align([]) == ()


@pytest.mark.parametrize(
    ("left", "right", "field", "values"),
    [
        ({"params": {"lr": 0.1}}, {"params": {"lr": "0.1"}}, "params.lr", (0.1, "0.1")),
        ({"params": {"n": 1}}, {"params": {"n": True}}, "params.n", (1, True)),
        ({"params": {"n": 1}}, {}, "params.n", (1, None)),
        ({"tags": {"k": ""}}, {}, "tags.k", ("", None)),
        ({"status": "finished"}, {"status": "running"}, "status", ("finished", "running")),
        ({"name": "a"}, {"name": "b"}, "name", ("a", "b")),
        ({"metrics": {"loss": 0.1}}, {"metrics": {"loss": 0.2}}, "metrics.loss.last", (0.1, 0.2)),
        ({"metrics": {"loss": 0.1}}, {}, "metrics.loss.last", (0.1, None)),
        (
            {"metrics": {"loss": metric(0.1, count=60)}},
            {"metrics": {"loss": metric(0.1, count=59)}},
            "metrics.loss.count",
            (60, 59),
        ),
        ({"ended": NOON}, {"ended": None}, "ended", (NOON.isoformat(), None)),
        ({"inputs": (Dataset(name="d", digest="x", context="train"),)}, {}, "inputs.d.x", ("train", None)),
    ],
)
def test_what_differs_is_named(
    left: dict[str, Any], right: dict[str, Any], field: str, values: tuple[object, ...]
) -> None:
    (row,) = align([held("1", **left), held("9", B, origin=(A, "1"), **right)])
    (difference,) = row.differences
    assert (difference.field, difference.values) == (field, values)
    assert difference.approximate is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"params": {"x": math.nan}}, {"params": {"x": math.nan}}),
        ({"metrics": {"loss": math.nan}}, {"metrics": {"loss": math.nan}}),
        ({"metrics": {"loss": metric(0.1, min=0.0, max=1.0, count=60)}}, {"metrics": {"loss": metric(0.1)}}),
    ],
    ids=["NaN param", "NaN metric", "a summary that one place does not keep"],
)
def test_what_is_alike_is_no_difference(left: dict[str, Any], right: dict[str, Any]) -> None:
    (row,) = align([held("1", **left), held("9", B, origin=(A, "1"), **right)])
    assert row.differences == ()


def test_a_difference_that_a_place_had_told_of_is_excused() -> None:
    why = "the provider's clock has whole milliseconds"
    rough = held("9", B, origin=(A, "1"), started=NOON + timedelta(microseconds=5), approximate={"started": why})
    (row,) = align([held("1"), rough])
    (difference,) = row.differences
    assert (difference.field, difference.approximate) == ("started", why)


def test_an_excuse_for_a_metric_holds_for_all_its_parts_and_for_no_other() -> None:
    metrics = {"loss": metric(0.1), "loss2": metric(0.1)}
    other = {"loss": metric(0.2), "loss2": metric(0.2)}
    rough = held("9", B, origin=(A, "1"), metrics=other, approximate={"metrics.loss": "aggregated"})
    (row,) = align([held("1", metrics=metrics), rough])
    assert {one.field: one.approximate for one in row.differences} == {
        "metrics.loss.last": "aggregated",
        "metrics.loss2.last": None,
    }


def test_the_duration_is_the_run_s_own() -> None:
    (done,) = align([held("1")])
    (running,) = align([held("1", ended=None, status="running")])
    assert (done.seconds, running.seconds) == (60.0, None)
