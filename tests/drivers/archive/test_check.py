"""The check: every byte that was altered, every file that is missing or was added, is named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from tracklayer.drivers.archive import ArchiveDriver, check, manifest, seal_archive
from tracklayer.drivers.archive.layout import Layout
from tracklayer.errors import InvalidInput, Unavailable
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, RunDraft


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a file of every kind, in several lines of the manifest."""
    driver = ArchiveDriver(tmp_path_factory.mktemp("whole") / "archive")
    home = driver.create_experiment(ExperimentDraft(name="e", tags={"a": "b"})).ref
    driver.put_sidecar(home, "a", b"x")
    for number in range(3):
        run = driver.create_run(home, RunDraft(token=str(number))).ref
        driver.write(
            run,
            Batch(
                params={"a": number},
                tags={"a": "b"},
                points=(Points.of("loss", [(step, 0, 0.5) for step in range(100)]),),
                inputs=(Dataset(name="d", digest="1"),),
            ),
        )
        driver.put_artifact(run, "a", BytesIO(b"bytes %d" % number))
        driver.put_sidecar(run, "a", b"x")
        driver.close()
    assert check(driver.path).findings == ()
    return driver.path


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """A copy, to be altered."""
    shutil.copytree(whole, tmp_path / "copy")
    return tmp_path / "copy"


def sealed(root: Path) -> list[Path]:
    """Every file of an archive."""
    return [one for one in sorted(root.rglob("*")) if one.is_file() and ".working" not in one.parts]


def named(root: Path) -> list[str]:
    """The files that the check names."""
    return [finding.path for finding in check(root).findings]


def flip(data: bytes, place: int) -> bytes:
    """One bit of one byte is another."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_one_byte_of_any_file_is_found_and_the_file_named(root: Path) -> None:
    tables = {one.parent.name for one in sealed(root)}
    assert {"experiments", "experiment_sidecars", "runs", "params", "points", "artifacts", "inputs"} < tables
    for file in sealed(root):
        data = file.read_bytes()
        for place in {0, len(data) // 3, len(data) // 2, len(data) - 1}:
            file.write_bytes(flip(data, place))
            found, name = named(root), file.relative_to(root).as_posix()
            assert found == [name] or (name == "manifest.jsonl" and name in found), (file, place)
        file.write_bytes(data)
    assert named(root) == []


def test_any_byte_of_the_manifest_is_found(root: Path) -> None:
    chain = Layout(root).manifest
    data = chain.read_bytes()
    for place in range(0, len(data), 101):
        chain.write_bytes(flip(data, place))
        assert "manifest.jsonl" in named(root), place


def test_any_file_that_is_missing_is_named(root: Path) -> None:
    for file in sealed(root):
        data = file.read_bytes()
        file.unlink()
        assert file.relative_to(root).as_posix() in named(root)
        file.write_bytes(data)
    assert named(root) == []


@pytest.mark.parametrize(
    "added", ["x", "points/00000099.parquet", "runs/x/y", f"files/ab/ab{'0' * 62}", "files/.hidden", "new/.keep"]
)
def test_any_file_that_was_added_is_named(root: Path, added: str) -> None:
    (root / added).parent.mkdir(parents=True, exist_ok=True)
    (root / added).write_bytes(b"")
    assert named(root) == [added]


def test_a_link_in_the_place_of_a_file_is_none(root: Path, tmp_path: Path) -> None:
    file, *_ = root.glob("runs/*")
    file.rename(tmp_path / "away")
    file.symlink_to(tmp_path / "away")
    assert named(root) == [file.relative_to(root).as_posix()]


def cut(lines: list[str]) -> list[str]:
    return lines[:-1]


def swapped(lines: list[str]) -> list[str]:
    return [*lines[:1], lines[2], lines[1], *lines[3:]]


def without_the_second(lines: list[str]) -> list[str]:
    return [lines[0], *lines[2:]]


def without_the_first(lines: list[str]) -> list[str]:
    return lines[1:]


def doubled(lines: list[str]) -> list[str]:
    return [*lines, lines[-1]]


def half(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1][:50].rstrip()]


@pytest.mark.parametrize("alter", [cut, swapped, without_the_second, without_the_first, doubled, half])
def test_a_chain_that_is_not_whole_is_found(root: Path, alter: Callable[[list[str]], list[str]]) -> None:
    chain = Layout(root).manifest
    chain.write_text("".join(alter(chain.read_text().splitlines(keepends=True))))
    assert named(root) != []


def test_what_was_cut_off_with_all_that_belongs_to_it_is_found_by_a_digest_kept_elsewhere(tmp_path: Path) -> None:
    driver = ArchiveDriver(tmp_path / "grown")
    driver.create_experiment(ExperimentDraft(name="e"))
    driver.close()
    shutil.copytree(driver.path, tmp_path / "before")
    driver.create_experiment(ExperimentDraft(name="f"))
    driver.close()
    head = check(driver.path).head
    assert check(driver.path, head=head).ok
    assert check(tmp_path / "before").ok
    assert [found.path for found in check(tmp_path / "before", head=head).findings] == ["manifest.jsonl"]


@pytest.mark.parametrize(
    "sql",
    ["UPDATE params SET value = 7", "UPDATE chunks SET times = 1", "DELETE FROM tags", "UPDATE runs SET user = 'x'"],
)
def test_an_index_that_says_otherwise_than_the_tables_is_found(root: Path, sql: str) -> None:
    with closing(sqlite3.connect(Layout(root).store)) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute(sql)
        db.commit()
    assert named(root) == [".working/store.db"]
    shutil.rmtree(Layout(root).working)
    assert named(root) == []


def test_a_manifest_that_names_files_elsewhere_leads_nowhere(root: Path) -> None:
    line = {"sequence": 0, "time": "", "writer": "", "archive": manifest.KIND, "version": 1, "previous": None}
    for path in ("../x", "/etc/passwd", "points/../../x", "points/1.parquet", ".working/store.db"):
        added = {"path": path, "sha256": "0" * 64, "bytes": 0, "rows": 0}
        Layout(root).manifest.write_text(f"{manifest.line_of(line | {'add': [added]})}\n")
        (finding,) = (one for one in check(root).findings if one.path == "manifest.jsonl")
        assert "names a file that is none of an archive" in finding.what


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE files SET digest = '../../../outside'",
        "INSERT INTO removals VALUES ('../outside'); UPDATE state SET pending = '{line}'",
        "INSERT INTO removals VALUES ('points/../../outside'); UPDATE state SET pending = '{line}'",
    ],
)
def test_an_index_that_names_files_elsewhere_leads_nowhere(root: Path, sql: str) -> None:
    """An archive comes from somebody else, with its index."""
    outside = root.parent / "outside"
    outside.write_text("mine")
    last = Layout(root).manifest.read_text().splitlines()[-1]
    with closing(sqlite3.connect(Layout(root).store)) as db:
        db.executescript(sql.replace("{line}", last))
    with pytest.raises(Unavailable, match=r"is no SHA-256"):
        seal_archive(root)
    assert outside.read_text() == "mine"


def test_a_folder_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InvalidInput, match="no archive is at"):
            check(path)
