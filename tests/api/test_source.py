"""The code a run is made by: what git says, and the command line."""

from __future__ import annotations

import getpass
import subprocess
import sys
from pathlib import Path

import pytest

from tracklayer.api import source as module
from tracklayer.api.redaction import Redaction, Redactor
from tracklayer.api.source import source, user, without_credentials


def git(*words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *words], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git("init")
    (tmp_path / "train.py").write_text("1")
    git("add", ".")
    return tmp_path


def test_a_clean_and_a_changed_repository(repository: Path) -> None:
    git("commit", "-m", "first")
    git("remote", "add", "origin", "https://me:secret@example.com/a.git")
    found = source()
    assert (found.commit, found.branch, found.dirty) == (git("rev-parse", "HEAD"), "main", False)
    assert found.remote == "https://example.com/a.git"
    (repository / "notes.txt").write_text("git does not know this file")
    assert source().dirty is False
    (repository / "train.py").write_text("2")
    assert source().dirty is True


def test_no_branch_no_commit_no_remote(repository: Path) -> None:
    found = source()
    assert (found.commit, found.branch, found.remote) == (None, "main", None)
    git("commit", "-m", "first")
    git("checkout", "--detach")
    (repository / "deep").mkdir()
    found = source()
    assert (found.commit, found.branch) == (git("rev-parse", "HEAD"), None)


def test_outside_a_repository_the_command_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(sys, "argv", ["train.py", "--lr", "0.1"])
    found = source()
    assert found.model_dump(exclude_none=True) == {"command": "train.py --lr 0.1"}


def test_without_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert source().commit is None


@pytest.mark.usefixtures("repository")
def test_git_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    assert source().branch is None


@pytest.mark.usefixtures("repository")
def test_what_a_redactor_hides_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://example.com/a.git?private_token=gl1tt3r"
    git("remote", "add", "origin", address)
    monkeypatch.setattr(sys, "argv", ["train.py", "--api-key", "abc", "--lr=1"])
    redactor = Redactor()
    found = source(redactor)
    assert (found.command, found.remote) == (
        "train.py --api-key *** --lr=1",
        "https://example.com/a.git?private_token=***",
    )
    assert redactor.hidden == ["command.api-key: its name", "source.remote: its text names a secret"]
    assert source().command == found.command
    shown = source(Redactor(Redaction(enabled=False)))
    assert (shown.command, shown.remote) == ("train.py --api-key abc --lr=1", address)


@pytest.mark.usefixtures("repository")
def test_a_remote_never_has_credentials() -> None:
    git("remote", "add", "origin", "https://me:" + "hunter2@example.com/a.git")
    redactor = Redactor()
    assert source(redactor).remote == "https://example.com/a.git"
    assert redactor.hidden == ["source.remote: credentials in a URL"]
    assert source(Redactor(Redaction(enabled=False))).remote == "https://example.com/a.git"


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://me:secret@example.com:8443/a.git", "https://example.com:8443/a.git"),
        ("https://token@example.com/a.git", "https://example.com/a.git"),
        ("https://example.com/a.git", "https://example.com/a.git"),
        ("git@example.com:a/b.git", "git@example.com:a/b.git"),
        ("ssh://git@example.com/a.git", "ssh://example.com/a.git"),
        ("/srv/a.git", "/srv/a.git"),
    ],
)
def test_a_remote_without_credentials(url: str, clean: str) -> None:
    assert without_credentials(url) == clean


def test_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "me")
    assert user() == "me"

    def unknown() -> str:
        message = "uid not found"
        raise KeyError(message)

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert user() is None
