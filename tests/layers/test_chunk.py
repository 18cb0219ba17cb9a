"""Chunk: every piece fits, and together they are the batch."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from contract_tests.strategies import batches, limits
from hypothesis import HealthCheck, given, settings

from tracklayer.layers.chunk import pieces
from tracklayer.model import Batch, Points
from tracklayer.spi import Bound, Limits


def bound(most: int) -> Bound:
    return Bound(most=most, source="a test")


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(limits=limits(), batch=batches())
def test_pieces_fit_and_are_the_batch(limits: Limits, batch: Batch) -> None:
    made = list(pieces(limits, batch))
    for piece in made:
        points = sum(map(len, piece.points))
        for most, count in (
            (limits.params_per_write, len(piece.params)),
            (limits.tags_per_write, len(piece.tags)),
            (limits.points_per_write, points),
            (limits.items_per_write, len(piece.params) + len(piece.tags) + points),
        ):
            assert most is None or count <= most.most
        one_item = len(piece.params) + len(piece.tags) + points <= 1
        if limits.bytes_per_write is not None and not one_item:
            body = json.dumps(
                [dict(piece.params), dict(piece.tags), [[p.key, *row] for p in piece.points for row in p.rows()]]
            )
            assert len(body) <= limits.bytes_per_write.most
    assert {key: value for piece in made for key, value in piece.tags.items()} == batch.tags
    assert repr({key: value for piece in made for key, value in piece.params.items()}) == repr(batch.params)
    rows = [(points.key, *map(repr, row)) for piece in made for points in piece.points for row in points.rows()]
    assert rows == [(points.key, *map(repr, row)) for points in batch.points for row in points.rows()]
    assert [one for piece in made for one in piece.inputs] == list(batch.inputs)
    for name in ("name", "description", "status", "ended"):
        assert [value for piece in made if (value := getattr(piece, name)) is not None] == [
            value for value in [getattr(batch, name)] if value is not None
        ]


def test_what_ends_a_run_comes_last_and_what_opens_it_first() -> None:
    many = Points.of("loss", [(step, 0, 0.0) for step in range(5)])
    ended = datetime(2026, 1, 1, tzinfo=timezone.utc)
    closing = list(pieces(Limits(points_per_write=bound(2)), Batch(points=(many,), status="finished", ended=ended)))
    assert [piece.status for piece in closing] == [None, None, None, "finished"]
    opening = list(pieces(Limits(points_per_write=bound(2)), Batch(points=(many,), status="running")))
    assert [piece.status for piece in opening] == ["running", None, None, None]


def test_a_batch_that_fits_is_one_write() -> None:
    batch = Batch(params={"lr": 0.1}, tags={"a": "b"}, points=(Points.of("loss", [(0, 0, 1.0)]),), status="finished")
    assert list(pieces(Limits(items_per_write=bound(3)), batch)) == [batch]


def test_tags_go_before_what_they_explain() -> None:
    batch = Batch(params={"lr": "0.1"}, tags={"tracklayer.page1": "{}"})
    first, second = pieces(Limits(items_per_write=bound(1)), batch)
    assert (first.tags, second.params) == (batch.tags, batch.params)


def test_100_000_points_of_20_metrics_are_as_few_writes_as_may_be() -> None:
    series = tuple(Points.of(f"m{key}", [(step, 0, 0.5) for step in range(5_000)]) for key in range(20))
    made = list(pieces(Limits(points_per_write=bound(1_000)), Batch(points=series)))
    assert len(made) == 100
