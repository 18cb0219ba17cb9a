"""The script of CI: what fails fails it, and what it prints can be relied on."""

from __future__ import annotations

import importlib.util
import os
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from contract_tests.targets import BUILT_IN

CI = Path(__file__).resolve().parents[2] / ".ci"
PASSES = (sys.executable, "-c", "print('======= 3 passed in 0.10s =======')")
FAILS = (sys.executable, "-c", "import sys; print('something is wrong'); sys.exit(5)")
NEVER_ENDS = (sys.executable, "-c", "import threading; print('begun', flush=True); threading.Event().wait()")


@pytest.fixture
def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("tracklayer_ci_checks", CI / "checks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # where its dataclasses look for their module
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "OUT", tmp_path / "out")
    return module


def run(checks: Any, monkeypatch: pytest.MonkeyPatch, *wanted: str, **commands: tuple[tuple[str, ...], ...]) -> int:
    monkeypatch.setattr(checks, "CHECKS", tuple(checks.Check(name, each) for name, each in commands.items()))
    return int(checks.main(wanted))


def test_all_pass(checks: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(checks, monkeypatch, one=(PASSES,), two=(PASSES, PASSES)) == 0
    said = capsys.readouterr().out
    assert "######## one: passed in" in said
    assert said.splitlines()[-1] == "======= 3 passed in 0.10s =======", "the closing line stands last, as it is"


def test_one_failure_fails_the_whole_and_ends_its_check(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checks, monkeypatch, good=(PASSES,), bad=(FAILS, PASSES)) == 1
    said = capsys.readouterr().out
    assert "######## bad: FAILED in" in said
    assert "something is wrong" in said
    assert "3 passed" not in (checks.OUT / "bad.log").read_text()


def test_a_check_that_does_not_end_is_ended(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LIMIT", 0)
    assert run(checks, monkeypatch, slow=(NEVER_ENDS,)) == 1
    assert "stopped: took more than 0 s" in (checks.OUT / "slow.log").read_text()


def test_only_the_named_checks_run(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checks, monkeypatch, "good", good=(PASSES,), bad=(FAILS,)) == 0
    assert run(checks, monkeypatch, "nosuch", good=(PASSES,)) == 2
    assert "no such check: nosuch; there are good" in capsys.readouterr().out


def test_every_target_of_the_contract_is_run_once(checks: ModuleType) -> None:
    words = [word for check in checks.CHECKS for command in check.commands for word in command]
    assert sorted(after for word, after in pairwise(words) if word == "--target") == sorted(BUILT_IN)


@pytest.mark.parametrize("script", ["run", "uv"])
def test_scripts_can_be_executed(script: str) -> None:
    assert os.access(CI / script, os.X_OK)
