"""TracklayerStore: MLflow's tracking store, over any place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
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


class TracklayerStore(ExperimentStore, RunStore, SearchStore, ModelStore):
    """Experiments, runs, logging, models. What no place has (traces, prompts, scorers, gateways) is refused."""

    def link_traces_to_run(self, trace_ids: list[str], run_id: str) -> None:
        """Refused: MLflow declares it without a body, which would answer that it was done."""
        del trace_ids, run_id
        raise self.lacking("link_traces_to_run")

    def lacking(self, name: str) -> MlflowException:
        """The refusal of a method of MLflow's."""
        said = name.strip("_").replace("_", " ")
        message = f"tracklayer ({self.place.url}) keeps experiments, runs and models, and has no {said!r}"
        return MlflowException(message, error_code=NOT_IMPLEMENTED)


def _refusing(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of MLflow's that we have not: what it leaves open is refused by an error of MLflow's."""

    @wraps(method)
    def refusing(self: TracklayerStore, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except NotImplementedError:
            raise self.lacking(name) from None

    return refusing


def _refuse_the_rest() -> None:
    """Give the store a refusal for whatever MLflow's own base class leaves open, in this version of it."""
    for kind in AbstractStore.__mro__[:-1]:
        for name, method in vars(kind).items():
            ours: object = getattr(TracklayerStore, name, None)
            if isinstance(method, FunctionType) and not name.startswith("__") and ours is method:
                setattr(TracklayerStore, name, _refusing(name, method))


_refuse_the_rest()
