"""The oldest and the newest MLflow 3: their own stores and ours are compared there as they are here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from contract_tests.witnesses.environments import ROOT
from tests.plugins.mlflow.witness import run

HERE = Path(__file__).parent
#: Those that need nothing but the two stores.
TESTS = ("test_stores_equal.py", "test_errors_equal.py", "test_measuring.py", "test_guarantees.py")
#: None of our settings, which ask for packages that are not there; the fixtures of this folder alone.
BARE = ("-p", "no:cacheprovider", "-c", os.devnull, "--noconftest", "-p", "tests.plugins.mlflow.conftest")


@pytest.mark.parametrize("environment", ["mlflow_oldest", "autologging"])
def test_the_stores_are_equal_there_too(environment: str, tmp_path: Path) -> None:
    command = ["-m", "pytest", "-q", *BARE, "--rootdir", str(ROOT), *(str(HERE / name) for name in TESTS)]
    *_, last = run(environment, tmp_path, command).strip().splitlines()
    passed, _, rest = last.partition(" passed in ")
    assert int(passed) > 90
    assert rest.endswith("s")
