"""Runs that began since a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from tests.migrate import small

import tracklayer as tl
from tracklayer.errors import InvalidInput
from tracklayer.migrate.selection import select


@pytest.fixture
def source() -> Iterator[tl.Client]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        small.fill(client, 4)
        client.create_experiment("no runs")
        yield client


@pytest.mark.parametrize(("seconds", "brought"), [(0, 4), (2, 2), (2.5, 1), (4, 0)])
def test_those_that_began_then_or_later_are_brought(source: tl.Client, seconds: float, brought: int) -> None:
    with tl.connect(f"memory://{uuid4().hex}") as target:
        summary = tl.migrate(source, target, since=small.BEGAN + timedelta(seconds=seconds))
        assert (summary.copied, summary.orphans) == (brought, brought if 0 < brought < 4 else 0)
        assert summary.certificate is not None
        assert summary.certificate.clean
        assert len(list(target.experiments())) == (1 if brought else 0), "none that no run is brought of"


def test_a_run_of_which_no_start_is_known_is_brought_too(source: tl.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [run.model_copy(update={"started": None}) for run in source.runs()]
    monkeypatch.setattr(source, "runs", lambda *_, view="active", **__: runs if view == "active" else [])
    found = select(source, experiment=None, run=None, filter="", since=small.BEGAN + timedelta(days=1))
    assert len(found.runs) == 4


def test_a_moment_says_its_zone(source: tl.Client) -> None:
    with pytest.raises(InvalidInput, match="since must say its time zone, as 2026-01-01T00:00:00Z does"):
        tl.migrate(source, f"memory://{uuid4().hex}", since=datetime(2026, 1, 1))  # noqa: DTZ001 -- that is the point
    with pytest.raises(InvalidInput, match="either one run, or an experiment, a filter and a moment"):
        tl.migrate(source, f"memory://{uuid4().hex}", since=small.BEGAN, run="x")
