"""A copy that is interrupted, that fails, or whose source changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.migrate.nasty import fill, portrait
from tests.migrate.unruly import counting, failing

import tracklayer as tl
from tracklayer.errors import Rejected


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tl.Client]:
    with tl.connect(f"local:{tmp_path / 'source.db'}") as client:
        yield client


@pytest.fixture
def target() -> str:
    return f"memory://{uuid4().hex}"


def one_run(source: tl.Client) -> str:
    with tl.start_run("e", name="one", to=source.url, params={"lr": 0.1}, tags={"k": "1"}) as run:
        run.log_metrics({"loss": 1.0}, step=1)
        run.log_text("text", "file.txt")
    return run.id


def interrupt(times: int) -> Iterator[BaseException | None]:
    """Ctrl-C at the n-th time, and nothing before or after."""
    yield from [None] * (times - 1)
    yield KeyboardInterrupt()
    while True:
        yield None


@pytest.mark.parametrize("operation", ["create_experiment", "create_run", "write", "put_artifact", "put_sidecar"])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_ctrl_c_anywhere_leaves_nothing_that_looks_whole(
    source: tl.Client, target: str, operation: str, times: int
) -> None:
    fill(source)
    faults = interrupt(times)
    interrupted = failing(target, lambda called, _: next(faults) if called == operation else None)
    whole = {run.name for run in source.runs()}
    try:
        tl.migrate(source, interrupted)
    except KeyboardInterrupt:
        held = portrait(interrupted)
        expected = portrait(source)
        for name, (*_, runs) in held.items():
            for run, copy in runs.items():
                if copy["status"] != "running":
                    assert copy == expected[name][2][run], "a run that has ended must be whole"
    with tl.connect(target) as client:
        again = tl.migrate(source, client)
        assert again.failed == ()
        assert portrait(client) == portrait(source)
        assert {run.name for run in client.runs()} == whole


def test_what_was_copied_whole_is_not_written_again(source: tl.Client, target: str) -> None:
    one_run(source)
    tl.migrate(source, target)
    client, counter = counting(target)
    assert tl.migrate(source, client).there == 1
    assert counter.calls["write"] == counter.calls["put_artifact"] == counter.calls["put_sidecar"] == 0
    assert counter.calls["create_experiment"] == 0


def test_a_run_that_changed_since_is_copied_again_and_again(source: tl.Client, target: str) -> None:
    run = one_run(source)
    with tl.connect(target) as client:
        for text in ("1", "2", "1", "2"):
            with tl.start_run(resume=run, to=source.url) as going_on:
                going_on.set_tag("k", text)
            assert tl.migrate(source, client).ok
            (copy,) = client.runs()
            assert (copy.tags["k"], copy.status) == (text, "finished")
        assert tl.migrate(source, client).there == 1


def test_more_points_and_files_since(source: tl.Client, target: str) -> None:
    run = one_run(source)
    with tl.connect(target) as client:
        tl.migrate(source, client)
        with tl.start_run(resume=run, to=source.url) as going_on:
            going_on.log_metric("loss", 0.5, step=2)
            going_on.log_text("another text", "file.txt")
        assert tl.migrate(source, client).copied == 1
        assert portrait(client) == portrait(source)


def test_a_run_that_goes_on_is_seen_to_go_on(source: tl.Client, target: str) -> None:
    run = tl.start_run("e", name="one", to=source.url)
    run.log_metric("loss", 1.0, step=1)
    with tl.connect(target) as client:
        assert tl.migrate(source, client).copied == 1
        assert next(iter(client.runs())).status == "running"
        run.log_metric("loss", 2.0, step=0)
        run.end()
        assert tl.migrate(source, client).copied == 1
        assert portrait(client) == portrait(source)


def test_the_copy_of_a_changed_run_runs_until_it_is_whole(source: tl.Client, target: str) -> None:
    run = one_run(source)
    tl.migrate(source, target)
    with tl.start_run(resume=run, to=source.url) as going_on:
        going_on.log_text("more", "more.txt")
    refused = Rejected("no more files", provider="memory", operation="put_artifact")
    broken = failing(target, lambda called, _: refused if called == "put_artifact" else None)
    assert not tl.migrate(source, broken).ok
    assert next(iter(broken.runs())).status == "running"


def test_a_copy_that_was_deleted_is_left_deleted_and_named(source: tl.Client, target: str) -> None:
    run = one_run(source)
    with tl.connect(target) as client:
        tl.migrate(source, client)
        (copy,) = client.runs()
        client.delete(copy)
        (failure,) = tl.migrate(source, client).failed
        assert failure.run == run
        assert "is deleted at the target" in failure.reason
        client.restore(copy)
        assert tl.migrate(source, client).there == 1
