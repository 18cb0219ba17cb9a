from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracklayer.drivers.local import chunks, runs, schema, series
from tracklayer.model import MetricSummary, Points, canonical

Rows = list[tuple[int, int, float]]

#: Small sizes, so that a few points make many chunks.
SIZES = {"most": 8, "small": 3, "page": 10}
VALUE = st.sampled_from([0.0, -0.0, 1.0, -2.5, math.nan, math.inf, -math.inf])
ROWS = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 1), VALUE), max_size=30)
STEPS = st.lists(st.tuples(st.integers(-50, 50), st.just(0), st.just(1.0)), min_size=1, max_size=3)


@contextmanager
def small() -> Iterator[sqlite3.Connection]:
    """A store in memory with one run, 1, and small sizes."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.row_factory = sqlite3.Row
    schema.prepare(db, Path("memory"))
    db.execute("INSERT INTO experiments (name, created) VALUES ('e', 0)")
    db.execute("INSERT INTO runs (id, experiment, token, status, started) VALUES ('r', 1, 't', 'running', 0)")
    with (
        closing(db),
        patch.object(chunks, "MOST", SIZES["most"]),
        patch.object(series, "SMALL", SIZES["small"]),
        patch.object(series, "PAGE", SIZES["page"]),
    ):
        yield db
    db.close()


def read(db: sqlite3.Connection) -> list[Points]:
    pages = []
    after: bytes | None = b""
    while after is not None:
        points, after = series.page(db, 1, "loss", after)
        pages.append(points)
    return pages


def checked(db: sqlite3.Connection) -> list[int]:
    """The sizes of the chunks, which are sorted, disjoint, full and no larger than they may be."""
    sizes = []
    ranks = []
    for row in db.execute("SELECT * FROM chunks ORDER BY last"):
        points = chunks.unpack("loss", row["count"], row["steps"], row["times"], row["vals"])
        own = [chunks.rank_at(points, index) for index in range(len(points))]
        assert (own[0], own[-1]) == (row["first"], row["last"])
        ranks += own
        sizes.append(len(points))
    assert all(before < behind for before, behind in pairwise(ranks))
    assert max(sizes, default=0) <= SIZES["most"]
    return sizes


def shown(metrics: Mapping[str, MetricSummary]) -> str:
    """As text, where NaN is NaN; and 0.0 and -0.0 are one value."""
    return repr(metrics).replace("-0.0", "0.0")


def expected(rows: Rows) -> MetricSummary:
    whole = canonical("loss", [Points.of("loss", rows)])
    numbers = [value for value in whole.values if not math.isnan(value)]
    return MetricSummary(
        last=whole.values[-1],
        last_step=whole.steps[-1],
        last_time=whole.times[-1],
        min=min(numbers, default=None),
        max=max(numbers, default=None),
        count=len(whole),
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(ROWS, STEPS), max_size=12))
def test_a_series_is_the_set_of_all_that_was_written(writes: list[Rows]) -> None:
    written: Rows = []
    with small() as db:
        for rows in writes:
            series.add(db, 1, Points.of("loss", rows))
            written += rows
            checked(db)
        pages = read(db)
        assert canonical("loss", pages) == canonical("loss", [Points.of("loss", written)])
        assert sum(map(len, pages)) == len(canonical("loss", pages))
        assert max(map(len, pages)) < SIZES["page"] + SIZES["most"]
        run = runs.find(db, column="id", value="r")
        assert run is not None
        assert shown(run.metrics) == shown({"loss": expected(written)} if written else {})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ROWS, STEPS), max_size=12), ROWS)
def test_a_reader_sees_once_what_was_there_throughout(writes: list[Rows], meanwhile: Rows) -> None:
    with small() as db, patch.object(series, "PAGE", 2):
        for rows in writes:
            series.add(db, 1, Points.of("loss", rows))
        first, after = series.page(db, 1, "loss", b"")
        pages = [first]
        while after is not None:
            series.add(db, 1, Points.of("loss", meanwhile))
            points, after = series.page(db, 1, "loss", after)
            pages.append(points)
    seen = [chunks.rank(*row) for page in pages for row in page.rows()]
    assert len(seen) == len(set(seen))
    assert {chunks.rank(*row) for rows in writes for row in rows} <= set(seen)


def test_points_logged_one_by_one_make_few_chunks() -> None:
    for steps in (range(60), range(60, 0, -1)):
        with small() as db:
            for step in steps:
                series.add(db, 1, Points.of("loss", [(step, 0, 1.0)]))
            assert len(checked(db)) == 60 / SIZES["small"]


def test_a_point_far_behind_touches_one_chunk() -> None:
    with small() as db:
        series.add(db, 1, Points.of("loss", [(2 * step, 0, 1.0) for step in range(80)]))
        before = {row["number"] for row in db.execute("SELECT number FROM chunks")}
        series.add(db, 1, Points.of("loss", [(3, 0, 1.0), (121, 0, 1.0)]))
        after = {row["number"] for row in db.execute("SELECT number FROM chunks")}
        assert len(before - after) == 2
        assert sum(checked(db)) == 82


def test_writing_the_same_again_writes_nothing() -> None:
    points = Points.of("loss", [(step, 0, 1.0) for step in range(80)])
    with small() as db:
        series.add(db, 1, points)
        before = db.total_changes
        series.add(db, 1, points)
        assert db.total_changes == before


@pytest.mark.parametrize("rows", [[], [(0, 0, math.nan)]])
def test_a_series_without_numbers_has_no_extremes(rows: Rows) -> None:
    with small() as db:
        series.add(db, 1, Points.of("loss", rows))
        run = runs.find(db, column="id", value="r")
        assert run is not None
        assert [(summary.min, summary.max) for summary in run.metrics.values()] == [(None, None)] * len(rows)
