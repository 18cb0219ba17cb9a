"""A journal's folder, as anybody may find it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from contract_tests import strategies as anything
from hypothesis import given
from tests.layers.journal.made import a_start, fuzz, journal_of

from tracklayer.errors import JournalDamaged
from tracklayer.layers.journal import folder as module
from tracklayer.layers.journal.cursor import Cursor, write_cursor
from tracklayer.layers.journal.folder import HOME, LONG_SILENCE, RECORDS, Journal, home, homes, journals, new_folder
from tracklayer.layers.journal.frames import Kind, frame
from tracklayer.layers.journal.records import Start
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import RunDraft


def journal_at(
    path: Path,
    *,
    token: str = "t",  # noqa: S107 -- of a run
    places: tuple[str, ...] = ("memory://first",),
) -> Journal:
    path.mkdir(parents=True)
    (path / RECORDS).write_bytes(journal_of([], draft=RunDraft(token=token), places=places))
    return Journal(path)


def begun_with(tmp_path: Path, data: bytes) -> Journal:
    (tmp_path / RECORDS).write_bytes(data)
    return Journal(tmp_path)


def refused(journal: Journal) -> str:
    with pytest.raises(JournalDamaged) as told:
        _ = journal.start
    return str(told.value)


# -- where journals lie


def test_home_is_in_the_current_folder_unless_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKLAYER_HOME", "elsewhere")
    assert home() == tmp_path / "elsewhere"
    monkeypatch.setenv("TRACKLAYER_HOME", "")
    assert home() == tmp_path / HOME
    monkeypatch.setattr(tempfile, "tempdir", "/t")
    assert [*homes()] == [tmp_path / HOME, Path("/t") / f"tracklayer-{os.getuid()}" / "journal"]


def test_a_folder_for_all_that_is_somebody_elses_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ours = tmp_path / f"tracklayer-{os.getuid()}"
    assert [*homes()][1:] == [ours / "journal"]
    new_folder(ours / "journal", "a")
    assert [*homes()][1:] == [ours / "journal"]
    assert ours.stat().st_mode & 0o777 == 0o700
    other = os.getuid() + 1
    ours.rename(tmp_path / f"tracklayer-{other}")
    with monkeypatch.context() as patched:
        patched.setattr(os, "getuid", lambda: other)
        assert [*homes()][1:] == []
    ours.symlink_to(tmp_path)
    assert [*homes()][1:] == []


@fuzz(60)
@given(name=anything.names)
def test_a_folder_has_a_legal_name_of_its_own(name: str, tmp_path: Path) -> None:
    made = [new_folder(tmp_path / "deep" / "home", name) for _ in range(2)]
    assert made[0] != made[1]
    for path in made:
        assert path.parent == tmp_path / "deep" / "home"
        assert re.fullmatch(r"\d{8}T\d{6}-[A-Za-z0-9._-]{1,40}-[0-9a-f]{6}", path.name)
        assert path.stat().st_mode & 0o777 == (path / "files").stat().st_mode & 0o777 == 0o700
    assert made[0].parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        new_folder(tmp_path / "file", "a")


# -- its first record


def test_the_first_record_is_read_once(tmp_path: Path) -> None:
    journal = begun_with(tmp_path, journal_of([]))
    assert journal.start == a_start()
    (tmp_path / RECORDS).unlink()
    assert journal.start == a_start()
    assert Journal(tmp_path / "none", a_start()).start == a_start()


def test_a_first_record_may_be_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = RunDraft(token="t", tags={"long": "é" * 10_000})
    monkeypatch.setattr(module, "FIRST", 100)
    assert begun_with(tmp_path, journal_of([], draft=draft)).start.draft == draft
    monkeypatch.setattr(module, "FIRST", len(journal_of([], draft=draft)))
    assert begun_with(tmp_path, journal_of([], draft=draft)).start.draft == draft


@pytest.mark.parametrize("version", [2, 10, 999_999])
def test_a_newer_format_is_refused_in_one_line(version: int, tmp_path: Path) -> None:
    said = a_start().model_dump_json(exclude_defaults=True).replace('"version":1', f'"version":{version}')
    for text in (said, f'{{"version":{version},"all else":"is new"}}', f'{{"version":{version}}}'):
        told = refused(begun_with(tmp_path, frame(Kind.START, text.encode())))
        assert told == f"{tmp_path}: written by a newer tracklayer, in format {version}: upgrade to read it"


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b"\xff", b'{"version":1}', b'{"version":0}', b'{"version":"2"}', b'{"version":-1}']
)
def test_a_first_record_that_is_none_of_ours(payload: bytes, tmp_path: Path) -> None:
    assert refused(begun_with(tmp_path, frame(Kind.START, payload))) == (
        f"{tmp_path}: its first record is none of tracklayer's"
    )


def test_a_version_of_many_digits_is_refused_as_any_other(tmp_path: Path) -> None:
    told = refused(begun_with(tmp_path, frame(Kind.START, b'{"version":' + b"9" * 5000 + b"}")))
    assert "\n" not in told


@pytest.mark.parametrize("data", [b"", b"\0", b"\xf1\x6a", b"\0" * 5000, frame(Kind.LOST, b"{}")])
def test_no_first_record_at_all(data: bytes, tmp_path: Path) -> None:
    assert refused(begun_with(tmp_path, data)) == (
        f"{tmp_path}: its first record is not whole: nothing of it can be told"
    )


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert refused(Journal(tmp_path / "none")) == f"{tmp_path / 'none'}: cannot be read: No such file or directory"
    (tmp_path / RECORDS).mkdir()
    assert refused(Journal(tmp_path)) == f"{tmp_path}: cannot be read: Is a directory"


# -- what is known of it


def test_its_size_and_when_it_was_heard_of(tmp_path: Path) -> None:
    journal = begun_with(tmp_path, b"12345")
    os.utime(journal.records, (0, 0))
    assert journal.size == 5
    assert journal.heard.timestamp() == 0
    assert journal.silent > 1e9
    assert Journal(tmp_path / "none").size == 0
    assert Journal(tmp_path / "none").silent == float("inf")


def test_a_writer_elsewhere_is_dead_for_sure_after_long(tmp_path: Path) -> None:
    elsewhere = a_start().process.model_copy(update={"host": "another"})
    journal = begun_with(tmp_path, journal_of([], process=elsewhere))
    present = journal.records.stat().st_mtime
    for silent, sure in ((0, False), (LONG_SILENCE - 60, False), (LONG_SILENCE + 60, True)):
        os.utime(journal.records, (present - silent, present - silent))
        assert journal.sure is sure
    assert begun_with(tmp_path, journal_of([])).sure, "of this machine: it is looked up"


def test_its_writer_lives_or_is_judged_by_its_silence(tmp_path: Path) -> None:
    with closing(Writer(a_start())) as writer:
        assert writer.path is not None
        assert Journal(writer.path).alive
        assert Journal(writer.path, patience=0).alive, "this process is looked up"
    elsewhere = a_start().process.model_copy(update={"host": "another"})
    (tmp_path / RECORDS).write_bytes(journal_of([], process=elsewhere))
    assert Journal(tmp_path).alive
    assert not Journal(tmp_path, patience=0).alive
    os.utime(tmp_path / RECORDS, (0, 0))
    assert not Journal(tmp_path).alive
    assert Journal(tmp_path, patience=float("inf")).alive


def test_all_places_have_a_cursor(tmp_path: Path) -> None:
    journal = journal_at(tmp_path / "j", places=("memory://a", "memory://b"))
    assert journal.cursors() == [Cursor(place="memory://a"), Cursor(place="memory://b")]
    later, known = Cursor(place="memory://c", run="1"), Cursor(place="memory://b", position=7)
    write_cursor(journal.path, later)
    write_cursor(journal.path, known)
    (journal.path / "torn.cursor").write_bytes(b"{")
    assert journal.cursors() == [Cursor(place="memory://a"), known, later]
    assert journal.cursor("memory://b") == known
    assert journal.cursor("memory://d") == Cursor(place="memory://d")


def test_a_part_of_it_may_be_refused(tmp_path: Path) -> None:
    journal = journal_at(tmp_path / "j")
    assert not journal.refused
    (journal.path / "x.refused").touch()
    assert journal.refused


@pytest.mark.parametrize("name", ["0a", "a.txt", "..a", "-", "a_b-C.9"])
def test_a_file_that_waits(name: str, tmp_path: Path) -> None:
    assert Journal(tmp_path).file(name) == tmp_path / "files" / name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "...", "a/b", "/etc/passwd", "../records", "a\0", "a\n", "é", "a b", "\\"]
)
def test_a_file_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged, match="none of its folder"):
        Journal(tmp_path).file(name)


# -- the others beside it


def test_journals_are_found_oldest_first(tmp_path: Path) -> None:
    for name in ("20260102T000000-b", "20260101T000000-c", "20260103T000000-a"):
        journal_at(tmp_path / name)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    found = journals(tmp_path, patience=5)
    assert [one.path.name[:8] for one in found] == ["20260101", "20260102", "20260103"]
    assert {one.patience for one in found} == {5}
    assert [one.path for one in journals(found[1].path)] == [found[1].path]
    assert journals(tmp_path / "none") == []


def test_journals_of_one_run_are_siblings(tmp_path: Path) -> None:
    first, second = journal_at(tmp_path / "1", token="same"), journal_at(tmp_path / "2", token="same")
    journal_at(tmp_path / "3", token="other")
    (tmp_path / "4").mkdir()
    (tmp_path / "4" / RECORDS).write_bytes(b"damaged")
    assert [one.path for one in first.siblings()] == [second.path]
    assert [one.path for one in first.beside("other")] == [tmp_path / "3"]
    assert [*first.beside(None)] == []


def test_it_is_deleted_once(tmp_path: Path) -> None:
    journal = journal_at(tmp_path / "j")
    (journal.files).mkdir()
    (journal.files / "a").touch()
    journal.remove()
    journal.remove()
    assert [*tmp_path.iterdir()] == []


def test_its_records_are_deleted_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = journal_at(tmp_path / "j")
    write_cursor(journal.path, Cursor(place="memory://first", done=True))
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    journal.remove()
    assert journals(tmp_path) == [], "whoever is killed in the midst leaves no journal without cursors"
    assert journal.cursor("memory://first").done
    journal.remove()


def test_a_start_is_the_writers(tmp_path: Path) -> None:
    assert isinstance(journal_at(tmp_path / "j").start, Start)
