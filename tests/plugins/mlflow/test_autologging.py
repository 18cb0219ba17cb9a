"""Unchanged training code with MLflow's autologging, into every place: all of it comes back as from SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from contract_tests.witnesses import cloud
from contract_tests.witnesses.places import PLACES, Places
from tests.plugins.mlflow.witness import NOTHING, ask

#: Tags of a run whose process died, which tell of it.
ENDED = "audit.ended"


@dataclass(frozen=True)
class Stage:
    """The tracking URI of each place by its name, and the variables that lead a process there."""

    uris: Mapping[str, str]
    variables: Mapping[str, str]


@pytest.fixture(scope="module")
def stage(everywhere: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with everywhere.entered(tmp_path_factory.mktemp("places")) as urls:
        cloud.ready(*(url for name, url in urls.items() if name not in {"local", "archive"}))
        yield Stage({name: f"tracklayer+{urls[name]}" for name in PLACES}, everywhere.stage.environment)


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """MLflow's own store, as an argument of a script."""
    return f"sqlite=sqlite:///{tmp_path}/mlflow.db"


def given(uris: Mapping[str, str], *names: str) -> list[str]:
    """Places, as arguments of a script."""
    return [f"{name}={uris[name]}" for name in names]


def differences(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """What differs of the runs, as (MLflow's store, ours)."""
    named = {"runs": (sorted(theirs), sorted(ours))} if theirs.keys() != ours.keys() else {}
    return named | {
        f"{run}: {part}": (expected, ours[run][part])
        for run, said in theirs.items()
        if run in ours
        for part, expected in said.items()
        if ours[run][part] != expected
    }


def test_autologging_gives_every_place_all_that_it_gives_to_sqlite(tmp_path: Path, sqlite: str, stage: Stage) -> None:
    there = [sqlite, *given(stage.uris, *PLACES)]
    found = ask("train", tmp_path, ["sklearn,xgboost,lightgbm,own", *there], stage.variables)
    theirs = found.pop("sqlite")
    assert {name: len(run["models"]) for name, run in theirs.items() if not run["child"]} == {
        "sklearn": 1,
        "grid": 2,
        "xgboost": 1,
        "lightgbm": 1,
        "own": 3,
    }
    assert len(theirs["xgboost"]["histories"]["train-rmse"]) == 15
    assert {place: differences(theirs, ours) for place, ours in found.items()} == {place: {} for place in PLACES}


def test_lightning_and_keras_give_a_place_all_that_they_give_to_sqlite(
    tmp_path: Path, sqlite: str, stage: Stage
) -> None:
    chosen = ("local", "sagemaker", "vertex")
    torch = {**stage.variables, "KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    there = [sqlite, *given(stage.uris, *chosen)]
    found = ask("train", tmp_path, ["lightning,keras", *there], torch, "frameworks_torch")
    theirs = found.pop("sqlite")
    assert {name: len(run["models"]) for name, run in theirs.items()} == {"lightning": 1, "keras": 1}
    assert "checkpoints/epoch_1/checkpoint.pth" in theirs["lightning"]["files"]
    assert len(theirs["keras"]["histories"]["val_loss"]) == 3
    assert {place: differences(theirs, ours) for place, ours in found.items()} == {place: {} for place in chosen}


def test_a_training_that_dies_leaves_what_it_leaves_in_sqlite(tmp_path: Path, sqlite: str, stage: Stage) -> None:
    there = [sqlite, *given(stage.uris, "local", "sagemaker")]
    found = ask("deaths", tmp_path, there, stage.variables)
    theirs = found.pop("sqlite")
    assert {death: (run["code"], run["status"]) for death, run in theirs.items()} == {
        "leaves": (3, "FINISHED"),
        "fails": (1, "FINISHED"),
        "fails within": (1, "FAILED"),
        "fits nothing": (1, "FAILED"),
        "is told to end": (-15, "RUNNING"),
        "is killed": (-9, "RUNNING"),
    }
    assert len(theirs["is killed"]["histories"]["loss"]) == 20
    for ours in found.values():
        reason = ours["is killed"]["tags"].pop(ENDED)
        assert "died" in reason
        assert differences(theirs, ours) == {  # MLflow's own store never learns that they are dead
            "is told to end: status": ("RUNNING", "KILLED"),
            "is killed: status": ("RUNNING", "FAILED"),
        }


def test_the_oldest_mlflow_3_finds_the_same(tmp_path: Path, sqlite: str) -> None:
    there = [sqlite, f"local=tracklayer+local:{tmp_path}/store.db"]
    found = ask("train", tmp_path, ["sklearn,own", *there], NOTHING, "mlflow_oldest")
    assert differences(found["sqlite"], found["local"]) == {}
