"""Runs that go on while they are copied again and again: only what is new is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.migrate.nasty import portrait
from tests.migrate.unruly import counting

import tracklayer as tl
from tracklayer.migrate import MigrationSummary

FIRST = 500


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tl.Client]:
    with tl.connect(f"local:{tmp_path / 'source.db'}") as client:
        yield client


@pytest.fixture
def target() -> str:
    return f"memory://{uuid4().hex}"


@pytest.fixture
def run(source: tl.Client) -> Iterator[tl.ActiveRun]:
    with tl.start_run("e", name="grows", to=source.url, params={"lr": 0.1}) as started:
        for step in range(FIRST):
            started.log_metrics({"loss": 1 / (step + 1), "acc": step / FIRST}, step=step)
        started.log_text("as it was", "notes.txt")
        started.log_text("x" * 100, "kept.txt")
        yield started


def brought(source: tl.Client, target: str, *, incremental: bool = True) -> tuple[int, int, MigrationSummary]:
    """Points and files that were written; what is there afterwards is what the source has."""
    client, counter = counting(target)
    with client:
        summary = tl.migrate(source, client, incremental=incremental)
        assert summary.certificate is not None
        assert (summary.ok, summary.certificate.clean, summary.certificate.explained) == (True, True, ())
        assert portrait(client) == portrait(source)
        return sum(counter.points), counter.calls["put_artifact"], summary


def test_only_points_that_are_new_are_written_and_files_that_changed(
    source: tl.Client, target: str, run: tl.ActiveRun
) -> None:
    assert brought(source, target)[:2] == (2 * FIRST, 2)
    assert brought(source, target)[:2] == (0, 0)
    for step in range(FIRST, FIRST + 10):
        run.log_metric("loss", 0.0, step=step)
    run.log_metric("new", 1.0)
    assert brought(source, target)[:2] == (11, 0)
    run.log_text("as it is", "notes.txt")
    run.log_param("late", 1)
    assert brought(source, target)[:2] == (0, 1)
    run.end()
    points, files, summary = brought(source, target)
    assert (points, files, summary.copied) == (0, 0, 1), "its end"
    assert brought(source, target)[2].there == 1


def test_a_series_in_which_a_point_came_between_is_written_anew_and_no_other(
    source: tl.Client, target: str, run: tl.ActiveRun
) -> None:
    brought(source, target)
    run.log_metric("loss", 9.0, step=FIRST // 2)
    run.log_metric("acc", 9.0, step=FIRST)
    assert brought(source, target)[0] == FIRST + 1 + 1
    run.log_metric("loss", 9.0, step=FIRST)
    assert brought(source, target)[0] == 1


def test_without_it_or_without_its_ledger_all_is_written_again(
    source: tl.Client, target: str, run: tl.ActiveRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    brought(source, target)
    run.log_metric("loss", 9.0, step=FIRST)
    assert brought(source, target, incremental=False)[0] == 2 * FIRST + 1
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path / "elsewhere"))
    assert brought(source, target)[0] == 2 * FIRST + 1
    assert brought(source, target)[0] == 0


def test_a_copy_that_was_changed_at_the_target_is_found_out_and_written_anew(
    source: tl.Client, target: str, run: tl.ActiveRun
) -> None:
    run.end()
    brought(source, target)
    with tl.connect(target) as client:
        (copy,) = client.runs()
        with tl.start_run(resume=copy.id, to=target) as changed:
            changed.set_tag("added", "at the target")
    for differing, copied in ((["ended", "tag"], 0), (["tag"], 1)):
        summary = tl.migrate(source, target, incremental=True)
        assert summary.certificate is not None
        assert summary.copied == copied
        assert [one.what for one in summary.certificate.differences] == differing, "what is there besides is left there"
