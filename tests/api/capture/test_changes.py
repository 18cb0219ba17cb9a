"""The size of what is not committed: what git says, whatever its settings, and only if it says it in time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from threading import Timer

import pytest

from tracklayer.api.capture import changes as module
from tracklayer.api.capture import diff_size


def git(*words: str) -> bytes:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *words], capture_output=True, check=True).stdout


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def repository(folder: Path) -> Path:
    git("init")
    (folder / "train.py").write_text("1\n2\n3\n")
    (folder / "deep").mkdir()
    (folder / "deep" / "model.bin").write_bytes(bytes(range(256)))
    git("add", ".")
    git("commit", "-m", "first")
    return folder


@pytest.mark.usefixtures("repository")
def test_nothing_is_changed() -> None:
    assert diff_size() == {"files": 0, "lines_added": 0, "lines_removed": 0, "bytes": 0}


def test_lines_files_and_bytes(repository: Path) -> None:
    (repository / "train.py").write_text("1\n3\n4\n5\n")
    (repository / "deep" / "model.bin").write_bytes(bytes(range(255, -1, -1)))
    (repository / "new\tname\n.py").write_text("x\n")
    git("add", "new\tname\n.py")
    (repository / "notes.txt").write_text("git does not know this file")
    size = len(git("diff", "HEAD", "--no-color"))
    assert diff_size() == {"files": 3, "lines_added": 3, "lines_removed": 1, "bytes": size}


def test_all_of_the_repository_counts_in_any_of_its_folders(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "train.py").unlink()
    monkeypatch.chdir(repository / "deep")
    git("config", "diff.relative", "true")
    found = diff_size()
    assert found is not None
    assert (found["files"], found["lines_removed"]) == (1, 3)


def test_no_program_of_the_settings_is_run(repository: Path) -> None:
    mark = repository / "mark"
    nosy = program(repository / "nosy", f'touch "{mark}"; cat "$1"')
    git("config", "diff.external", str(nosy))
    git("config", "diff.nosy.textconv", str(nosy))
    git("config", "color.ui", "always")
    (repository / ".gitattributes").write_text("*.py diff=nosy\n")
    (repository / "train.py").write_text("1\n")
    found = diff_size()
    assert found is not None
    assert (found["files"], found["lines_removed"]) == (1, 2)
    assert found["bytes"] == len(git("diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color"))
    assert not mark.exists()


def test_a_large_diff_is_read_in_pieces(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 7)
    (repository / "train.py").write_text("a line\n" * 1000)
    found = diff_size()
    assert found is not None
    assert (found["lines_added"], found["bytes"]) == (1000, len(git("diff", "HEAD", "--no-color")))


@pytest.mark.usefixtures("folder")
def test_outside_a_repository() -> None:
    assert diff_size() is None


@pytest.mark.usefixtures("folder")
def test_before_the_first_commit() -> None:
    git("init")
    assert diff_size() is None


def test_without_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert diff_size() is None


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("patience", [0.0, 0.1])
def test_git_that_takes_too_long_is_not_waited_for(
    patience: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "git", "exec tail -f /dev/null")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(module, "PATIENCE", patience)
    assert diff_size() is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (r"printf '1\t2\ta\n'", {"files": 1, "lines_added": 1, "lines_removed": 2}),
        ("echo what", None),
    ],
)
def test_the_numbers_are_kept_without_the_bytes(
    text: str, size: dict[str, int] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "git", f'case "$*" in *--numstat*) {text};; *) exit 1;; esac')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert diff_size() == size


@pytest.mark.usefixtures("repository")
def test_a_system_without_a_thread_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: object) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(Timer, "start", start)
    assert diff_size() is None
