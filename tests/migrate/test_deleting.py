"""What is deleted at the source after a migration: what is proven to be at the target, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from contract_tests.targets import lean
from tests.migrate import small
from tests.migrate.unruly import client_of, failing

import tracklayer as tl
from tracklayer.errors import MigrationError, Rejected, Unsupported
from tracklayer.migrate import delete_source, deleting
from tracklayer.migrate.deleting import check_deletable
from tracklayer.model import Owner, RunRef
from tracklayer.spi import Wrapper, open_driver


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tl.Client]:
    with tl.connect(f"local:{tmp_path / 'source.db'}") as client:
        small.fill(client, 3)
        yield client


@pytest.fixture
def target() -> str:
    return f"memory://{uuid4().hex}"


def names(client: tl.Client) -> set[str]:
    return {str(run.name) for run in client.runs()}


class Noting(Wrapper):
    """Notes what is deleted."""

    def __init__(self, url: str) -> None:
        super().__init__(open_driver(url))
        self.gone: list[Owner] = []

    def delete(self, owner: Owner, /) -> None:
        self.gone.append(owner)
        super().delete(owner)


def test_what_is_proven_goes_children_first_and_experiments_stay(source: tl.Client, target: str) -> None:
    noting = Noting(source.url)
    ids = {str(run.name): RunRef(id=run.id) for run in source.runs()}
    summary = tl.migrate(source, target)
    assert delete_source(client_of(noting), summary) == (3, ())
    assert set(noting.gone) == set(ids.values())
    assert noting.gone[-1] == ids["run 0"], "the parent"
    assert names(source) == set()
    assert source.experiment(small.EXPERIMENT).deleted is False
    with tl.connect(target) as client:
        assert names(client) == {"run 0", "run 1", "run 2"}
    assert tl.migrate(source, target).deleted == 3
    assert names(tl.connect(target)) == {"run 0", "run 1", "run 2"}


def test_a_run_that_has_changed_since_is_left(source: tl.Client, target: str) -> None:
    ids = {str(run.name): run.id for run in source.runs()}
    summary = tl.migrate(source.url, target)
    with tl.start_run(resume=ids["run 1"], to=source.url) as changed:
        changed.set_tag("news", "of now")
    count, (kept,) = delete_source(source.url, summary)
    assert count == 2
    assert (kept.run, kept.name, kept.reason) == (ids["run 1"], "run 1", "it has changed since it was copied")
    assert names(source) == {"run 1"}


def test_a_run_that_goes_on_is_left_though_its_certificate_is_clean(source: tl.Client, target: str) -> None:
    run = tl.start_run(small.EXPERIMENT, name="goes on", to=source.url)
    run.log_metric("loss", 1.0)

    def grow(called: str, _: str) -> None:
        if called == "list_experiments":  # when the copies are looked for, to be proven
            run.log_metric("loss", 2.0, step=1)

    tl.migrate(source, target)
    run.log_metric("loss", 2.0, step=1)
    proven = tl.migrate(source, failing(target, grow))
    run.log_metric("loss", 3.0, step=2)
    count, (kept,) = delete_source(source, proven)
    run.end()
    assert (count, kept.name) == (3, "goes on")
    assert names(source) == {"goes on"}


def test_nothing_is_deleted_without_a_clean_proof(source: tl.Client, target: str) -> None:
    unproven = tl.migrate(source, target, verify=False)
    refused = Rejected("no", provider="local", operation="get_run")
    (lost,) = source.runs(filter="run_name = 'run 2'")
    broken = failing(source.url, lambda called, on: refused if called == "get_run" and on == lost.id else None)
    failed = tl.migrate(broken, f"memory://{uuid4().hex}")
    assert (len(failed.failed), failed.copied) == (1, 2)
    with tl.connect(target) as client, tl.start_run(resume=next(client.runs()).id, to=target) as changed:
        changed.set_tag("added", "at the target")
    unclean = tl.migrate(source, target)
    for summary in (unproven, failed, unclean):
        with pytest.raises(MigrationError, match="nothing is deleted: not every run is proven to be at the target"):
            delete_source(source, summary)
    assert names(source) == {"run 0", "run 1", "run 2"}


def test_what_cannot_be_deleted_is_named_and_keeps_no_other(source: tl.Client, target: str) -> None:
    summary = tl.migrate(source, target)
    (kept,) = source.runs(filter="run_name = 'run 1'")
    refused = Rejected("it is held", provider="local", operation="delete")
    broken = failing(source.url, lambda called, on: refused if called == "delete" and on == kept.id else None)
    count, (failure,) = delete_source(broken, summary)
    assert (count, failure.reason) == (2, "local: delete: it is held")
    assert names(source) == {"run 1"}


def test_a_source_that_deletes_nothing_is_told_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting, "connect", lambda _: client_of(lean.TARGET.open()))
    with pytest.raises(Unsupported, match="lean does not offer delete: "):
        check_deletable("lean:")
