"""Unchanged training code with MLflow's autologging, into several places: all of it comes back as from SQLite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from contract_tests.witnesses.cloud import cloud, quiet
from contract_tests.witnesses.environments import ROOT, python_of
from contract_tests.witnesses.sdk import KEPT

SCRIPT = ROOT / "contract_tests" / "witnesses" / "autologging" / "train.py"


def installed(folder: Path) -> str:
    """A PYTHONPATH on which tracklayer is as good as installed: its sources, and its entry points."""
    made = distribution("tracklayer")
    source = Path(str(made.locate_file(""))) / f"tracklayer-{made.version}.dist-info"
    shutil.copytree(source, folder / "site" / source.name, dirs_exist_ok=True)
    return os.pathsep.join([str(folder / "site"), str(ROOT / "src")])


def trained(name: str, folder: Path, parts: str, places: list[str], **more: str) -> dict[str, Any]:
    """What MLflow's client says of each place after the training, in an environment of its own."""
    out = folder / f"{name}.json"
    environment = {
        **{key: os.environ[key] for key in KEPT if key in os.environ},
        **quiet(folder / "journal"),
        "HOME": str(folder),
        "PYTHONPATH": installed(folder),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT": "1",  # a process for each model, whose answer is not looked at
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        **more,
    }
    done = subprocess.run(
        [python_of(name), "-W", "ignore", str(SCRIPT), str(out), parts, *places],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "unexpected error during" not in done.stderr  # what autologging says when a store fails it
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def equal(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for run, said in theirs.items():
        for part, expected in said.items():
            assert ours[run][part] == expected, f"{run}: {part}"


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/mlflow.db"


def test_autologging_gives_all_that_it_gives_to_sqlite(tmp_path: Path, sqlite: str) -> None:
    ours = [f"tracklayer+local:{tmp_path}/store.db", "tracklayer+sagemaker://us-east-1"]
    with cloud() as aws:
        found = trained("autologging", tmp_path, "sklearn,xgboost,lightgbm,own", [sqlite, *ours], **aws.environment)
        assert aws.proxy.refused == []
    theirs = found[sqlite]
    assert {name: len(run["models"]) for name, run in theirs.items() if not run["child"]} == {
        "sklearn": 1,
        "grid": 2,
        "xgboost": 1,
        "lightgbm": 1,
        "own": 3,
    }
    assert len(theirs["xgboost"]["histories"]["train-rmse"]) == 15
    for place in ours:
        equal(theirs, found[place])


def test_the_oldest_mlflow_3_finds_the_same(tmp_path: Path, sqlite: str) -> None:
    place = f"tracklayer+local:{tmp_path}/store.db"
    found = trained("mlflow_oldest", tmp_path, "sklearn,own", [sqlite, place])
    equal(found[sqlite], found[place])
