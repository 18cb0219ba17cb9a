"""TracklayerStore: MLflow's tracking store, over any place."""

from __future__ import annotations

from mlflow.exceptions import MlflowException
from mlflow.store.tracking.abstract_store import AbstractStore

from tracklayer.plugins.mlflow import leave
from tracklayer.plugins.mlflow.experiment_store import ExperimentStore
from tracklayer.plugins.mlflow.model_store import ModelStore
from tracklayer.plugins.mlflow.refusing import lacking, refusing_the_rest
from tracklayer.plugins.mlflow.run_store import RunStore
from tracklayer.plugins.mlflow.search_store import SearchStore

__all__ = ["TracklayerStore", "leave"]


@refusing_the_rest(AbstractStore)
class TracklayerStore(ExperimentStore, RunStore, SearchStore, ModelStore):
    """Experiments, runs, logging, models. What no place has (traces, prompts, scorers, gateways) is refused."""

    def link_traces_to_run(self, trace_ids: list[str], run_id: str) -> None:
        """Refused: MLflow declares it without a body, which would answer that it was done."""
        del trace_ids, run_id
        raise self.lacking("link_traces_to_run")

    def lacking(self, name: str) -> MlflowException:
        """The refusal of a method of MLflow's."""
        return lacking(name, self.place.url)
