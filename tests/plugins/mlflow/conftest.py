"""Stores to compare: MLflow's own over SQLite, and ours over a place."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # MLflow's own, of what it imports
    from mlflow.store.tracking.abstract_store import AbstractStore
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    from tracklayer.plugins.mlflow.store import TracklayerStore


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> AbstractStore:
    """MLflow's own: made once, for it takes a second."""
    folder = tmp_path_factory.mktemp("sqlite")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", (folder / "files").as_uri())


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TracklayerStore]:
    """Ours, over a local place of its own."""
    made = TracklayerStore(f"tracklayer+local:{tmp_path_factory.mktemp('place')}/store.db")
    yield made
    made.place.close(10.0)
