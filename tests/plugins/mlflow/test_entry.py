"""The entry points: found by MLflow, and light."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.tracking._tracking_service.utils import _get_store

from tracklayer.plugins.mlflow import entry
from tracklayer.plugins.mlflow.artifacts import TracklayerArtifacts
from tracklayer.plugins.mlflow.store import TracklayerStore
from tracklayer.spi.registry import schemes

#: `import tracklayer` brings pydantic and msgspec, and MLflow itself needs pydantic.
HEAVY = ("mlflow", "requests", "lark", "boto3", "pandas", "tracklayer.api.search")


def test_each_scheme_of_a_driver_is_one_of_mlflow_s_with_tracklayer_before_it() -> None:
    extra = {
        "mlflow.tracking_store": set(),
        "mlflow.artifact_repository": {"tracklayer+artifacts"},
        "mlflow.model_registry_store": set(),
    }
    for group, more in extra.items():
        ours = {one.name for one in entry_points(group=group) if one.name.startswith("tracklayer")}
        assert ours == {f"tracklayer+{scheme}" for scheme in schemes()} | more | {"tracklayer+places"}


def test_the_entry_module_loads_nothing_that_is_heavy() -> None:
    code = f"import sys, {entry.__name__}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_mlflow_makes_a_store_and_a_repository_without_asking_the_place(tmp_path: object) -> None:
    store = _get_store(f"tracklayer+local:{tmp_path}/never/made.db")
    repository = get_artifact_repository(f"tracklayer+artifacts:/local%3A{tmp_path}/runs/r")
    assert isinstance(store, TracklayerStore)
    assert isinstance(repository, TracklayerArtifacts)


def test_a_place_that_cannot_be_is_named_when_it_is_asked() -> None:

    store = entry.tracking_store("tracklayer+nowhere://x")
    with pytest.raises(MlflowException, match="unknown URL scheme 'nowhere'"):
        store.get_run("r")
