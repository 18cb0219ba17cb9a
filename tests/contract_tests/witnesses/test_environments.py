"""Environments of witnesses: one is made once, whoever asks, and again when what is locked has changed."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from contract_tests.witnesses import environments
from contract_tests.witnesses.environments import VARIABLE, python_of

WITNESSES = sorted(path.parent.name for path in environments.HERE.glob("*/requirements.txt"))


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What uv is asked to do. The witness `none` needs no package, so that no index is asked."""
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "requirements.txt").write_text("# nothing\n")
    monkeypatch.setattr(environments, "HERE", tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept"))
    asked: list[str] = []
    uv = environments._uv

    def counting(*arguments: str) -> None:
        asked.append(arguments[0])
        uv(*arguments)

    monkeypatch.setattr(environments, "_uv", counting)
    return asked


def test_however_many_ask_it_is_made_once(asked: list[str]) -> None:
    with ThreadPoolExecutor(4) as workers:
        pythons = set(workers.map(python_of, ["none"] * 4))
    assert len(pythons) == 1
    assert asked == ["venv", "pip"]
    said = subprocess.run([pythons.pop(), "-c", "import sys; print(sys.prefix)"], capture_output=True, check=True)
    assert "none-" in said.stdout.decode()


def test_it_is_made_again_when_the_lock_file_changes(asked: list[str], tmp_path: Path) -> None:
    first = python_of("none")
    (tmp_path / "none" / "requirements.txt").write_text("# nothing else\n")
    assert python_of("none") != first
    assert asked == ["venv", "pip"] * 2


def test_one_that_was_left_half_made_is_made_again(asked: list[str]) -> None:
    python = python_of("none")
    (python.parents[1] / environments.DONE).unlink()
    assert python_of("none") == python
    assert asked == ["venv", "pip"] * 2


def test_what_uv_says_is_told(tmp_path: Path) -> None:
    (tmp_path / "none" / "requirements.txt").write_text("no such thing at all\n")
    with pytest.raises(RuntimeError, match="uv pip install"):
        python_of("none")


@pytest.mark.parametrize("name", WITNESSES)
def test_every_requirement_is_locked_with_its_hash(name: str) -> None:
    text = (environments.ROOT / "contract_tests" / "witnesses" / name / "requirements.txt").read_text()
    pinned = [line for line in text.splitlines() if line and line[0].isalnum()]
    assert len(pinned) > 20
    assert all("==" in line for line in pinned)
    assert text.count("--hash=sha256:") >= len(pinned)


def test_what_no_registry_has_is_looked_for_where_pip_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/some/wheels https://example.com/wheels")
    assert environments._links() == ["/some/wheels", "https://example.com/wheels"]
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environments._links() == [environments.WHEELS]  # no pip
    pip = tmp_path / "pip"
    pip.write_text('#!/bin/sh\necho "$* is /kept/wheels"\n')
    pip.chmod(0o755)
    assert environments._links() == ["config", "get", "global.find-links", "is", "/kept/wheels"]
