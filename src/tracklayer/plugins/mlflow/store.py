"""TracklayerStore: MLflow's tracking store, over any place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import NOT_IMPLEMENTED
from mlflow.store.tracking.abstract_store import AbstractStore

from tracklayer.plugins.mlflow import leave
from tracklayer.plugins.mlflow.experiment_store import ExperimentStore
from tracklayer.plugins.mlflow.model_store import ModelStore
from tracklayer.plugins.mlflow.run_store import RunStore
from tracklayer.plugins.mlflow.search_store import SearchStore

__all__ = ["TracklayerStore", "leave"]

#: What MLflow declares without a body, which would answer None: traces belong to no place of ours.
EMPTY = frozenset({"link_traces_to_run", "_link_traces_to_run"})


class TracklayerStore(ExperimentStore, RunStore, SearchStore, ModelStore):
    """Experiments, runs, logging, models. What no place has (traces, prompts, scorers, gateways) is refused."""


def _refusing(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of MLflow's that we have not: what it leaves open is refused by an error that MLflow's server can tell."""

    @wraps(method)
    def refusing(self: TracklayerStore, *args: Any, **kwargs: Any) -> Any:
        try:
            if name not in EMPTY:
                return method(self, *args, **kwargs)
        except NotImplementedError:
            pass
        said = name.strip("_").replace("_", " ")
        message = f"tracklayer ({self.place.url}) keeps experiments, runs and models, and has no {said!r}"
        raise MlflowException(message, error_code=NOT_IMPLEMENTED)

    return refusing


def _refuse_the_rest() -> None:
    """Give the store a refusal for whatever MLflow's own base class leaves open, in this version of it."""
    for kind in AbstractStore.__mro__[:-1]:
        for name, method in vars(kind).items():
            ours = getattr(TracklayerStore, name, None)
            if callable(method) and not name.startswith("__") and ours is method:
                setattr(TracklayerStore, name, _refusing(name, method))


_refuse_the_rest()
