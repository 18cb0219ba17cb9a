"""What is known of a migration between two calls of it: it saves work, and loses nothing when it is cut off or lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.migrate import small
from tests.migrate.nasty import portrait
from tests.migrate.unruly import counting

import tracklayer as tl
from tracklayer.errors import MigrationError
from tracklayer.migrate import ledger as module
from tracklayer.migrate.jobs import FileCopied, FileJob, RunCopied
from tracklayer.migrate.ledger import Ledger, ledger_path, opened
from tracklayer.migrate.news import Seen

FILE = FileJob("r", "c", "notes.txt", 5, None)


@pytest.fixture
def source() -> Iterator[tl.Client]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        small.fill(client, 3)
        yield client


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "ledger.db", "a:", "b:") as found:
        yield found


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """A connection that carries `left` statements out, and then no more; `done`: the last of them is carried out."""

    def __init__(self, db: sqlite3.Connection, left: int, *, done: bool) -> None:
        self.db = db
        self.left = left
        self.done = done

    def execute(self, *statement: Any) -> Any:
        return self._carried_out(self.db.execute, *statement)

    def executemany(self, *statement: Any) -> Any:
        return self._carried_out(self.db.executemany, *statement)

    def _carried_out(self, call: Any, *statement: Any) -> Any:
        self.left -= 1
        if self.left < 0 or (self.left == 0 and not self.done):
            raise Killed
        found = call(*statement)
        if self.left == 0:
            raise Killed
        return found


@pytest.mark.parametrize("done", [False, True])
def test_killed_before_or_after_any_statement_the_next_migration_goes_on(
    source: tl.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, done: bool
) -> None:
    expected = portrait(source)
    killed = 0
    for statement in count(1):
        target, kept = f"memory://{uuid4().hex}", tmp_path / f"{statement}.db"
        with monkeypatch.context() as patch, tl.connect(target) as client:
            patch.setattr(module, "Ledger", lambda db, left=statement: Ledger(Mortal(db, left, done=done)))  # type: ignore[arg-type] # it does what a ledger needs
            try:
                tl.migrate(source, client, ledger=kept)
                break
            except Killed:
                killed += 1
        with tl.connect(target) as client:
            again = tl.migrate(source, client, ledger=kept)
            assert again.certificate is not None
            assert (again.failed, again.certificate.clean) == ((), True)
            assert portrait(client) == expected
    assert killed > 30, "a migration of three runs is so many statements, and some more"


def test_a_lost_ledger_costs_a_proof_of_each_run_and_nothing_is_written(source: tl.Client, tmp_path: Path) -> None:
    target = f"memory://{uuid4().hex}"
    tl.migrate(source, target, ledger=tmp_path / "first.db")
    for kept, reads in (("first.db", False), ("second.db", True), ("second.db", False)):
        client, counter = counting(target)
        assert tl.migrate(source, client, ledger=tmp_path / kept, verify=False).there == 3
        assert not {"create_experiment", "create_run", "write", "put_artifact", "put_sidecar"} & counter.calls.keys()
        assert ("open_artifact" in counter.calls) is reads


def test_a_migration_has_a_ledger_of_its_own(
    source: tl.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path / "home"))
    target, other = (f"memory://{uuid4().hex}" for _ in range(2))
    kept = tl.migrate(source, target).ledger
    assert kept == str(ledger_path(source.url, target))
    assert Path(kept).parent == tmp_path / "home" / "migrations"
    assert Path(kept).parent.stat().st_mode & 0o077 == 0
    assert tl.migrate(source, other).ledger != kept
    with pytest.raises(MigrationError, match=f"is the ledger of another migration: from {source.url} to {target}"):
        tl.migrate(source, other, ledger=kept)
    assert tl.migrate(source, target, ledger=kept).there == 3


def test_a_ledger_serves_one_migration_at_a_time(source: tl.Client, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    target = f"memory://{uuid4().hex}"
    with opened(path, source.url, target), pytest.raises(MigrationError) as refused:
        tl.migrate(source, target, ledger=path)
    assert str(refused.value) == f"another process is at work on this migration: its ledger {path} is locked"
    assert tl.migrate(source, target, ledger=path).copied == 3


def test_what_is_no_ledger_is_refused_and_left_as_it_is(source: tl.Client, tmp_path: Path) -> None:
    text, store, folder = tmp_path / "notes.txt", tmp_path / "store.db", tmp_path / "folder"
    text.write_text("something that is no database at all, " * 100)
    folder.mkdir()
    with tl.connect(f"local:{store}") as client:
        client.create_experiment("e")
    for path, why in ((text, "file is not a database"), (store, "it holds something else"), (folder, "unable to open")):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(MigrationError, match=f"cannot use the ledger {path}: {why}"):
            tl.migrate(source, f"memory://{uuid4().hex}", ledger=path)
        assert (path.read_bytes() if path.is_file() else b"") == before


def test_it_holds_no_name_and_no_value_of_a_run(source: tl.Client, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    tl.migrate(source, f"memory://{uuid4().hex}", ledger=path)
    with closing(sqlite3.connect(path)) as db:
        held = "\n".join(db.iterdump())
    assert next(source.runs()).id in held
    for told in ("run 1", small.EXPERIMENT, "red", "notes of 1", repr(1 / 7), "'layers'"):
        assert told not in held


def test_a_file_counts_as_copied_while_its_run_is_as_it_was_or_its_digest_says_so(ledger: Ledger) -> None:
    first, second = (
        RunCopied(run="r", copy="c", there=False, mark=mark, status="finished", ended=None) for mark in ("m1", "m2")
    )
    ledger.record(first, [FILE])
    assert not ledger.has(FILE, "m1")
    ledger.filed(FileCopied("r", "notes.txt", 5, "abc"))
    assert ledger.has(FILE, "m1")
    assert not ledger.has(FILE, "m2"), "the run has changed: so may have its file"
    assert ledger.has(FileJob("r", "c", "notes.txt", 5, "sha256:abc"), "m2")
    assert not ledger.has(FileJob("r", "c", "notes.txt", 6, None), "m1")
    assert not ledger.has(FileJob("r", "another copy", "notes.txt", 5, "sha256:abc"), "m1")
    ledger.record(second, [FILE])
    assert not ledger.has(FILE, "m2"), "killed now, the file has yet to be sent"


def test_a_run_is_whole_when_that_was_said_of_it_as_it_is(ledger: Ledger) -> None:
    done = RunCopied("r", "c", there=False, mark="m", status="finished", ended=None, seen={"loss": Seen(3, "d")})
    ledger.record(done)
    assert (ledger.mark("r", "c"), ledger.stands("r", "m")) == (None, False)
    ledger.whole("r")
    ledger.proven("r", "digest")
    assert (ledger.mark("r", "c"), ledger.stands("r", "m"), ledger.stands("r", "n")) == ("m", True, False)
    assert ledger.mark("r", "another copy") is None
    assert ledger.seen("r", "c") == {"loss": Seen(3, "d")}
    assert ledger.seen("r", "another copy") == {}
    ledger.record(RunCopied("r", "another copy", there=False, mark="m", status="finished", ended=None))
    assert ledger.seen("r", "another copy") == {}, "what was copied to the other is not there"
    ledger.forget("r")
    assert not ledger.stands("r", "m")
