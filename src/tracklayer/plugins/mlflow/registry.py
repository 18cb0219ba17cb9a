"""NoRegistry: the model registry of places that keep none: it is empty, and refuses what would be put into it."""

from __future__ import annotations

from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry.abstract_store import AbstractStore

from tracklayer.plugins.mlflow.many.uris import SCHEME, places_of
from tracklayer.plugins.mlflow.refusing import lacking, refusing_the_rest
from tracklayer.plugins.mlflow.uris import place_of


@refusing_the_rest(AbstractStore)
class NoRegistry(AbstractStore):
    """What MLflow's pages search of the registry while they show runs is found to be nothing."""

    def __init__(self, store_uri: str) -> None:
        super().__init__(store_uri)  # type: ignore[no-untyped-call] # MLflow's
        several = store_uri.startswith(f"{SCHEME}:")
        self._urls = places_of(store_uri).urls if several else (place_of(store_uri),)

    def lacking(self, name: str) -> MlflowException:
        """The refusal of a method of MLflow's."""
        return lacking(name, ", ".join(self._urls))

    def search_registered_models(self, *_: Any, **__: Any) -> PagedList[Any]:
        """None."""
        return PagedList([], None)

    def search_model_versions(self, *_: Any, **__: Any) -> PagedList[Any]:
        """None."""
        return PagedList([], None)

    def get_latest_versions(self, *_: Any, **__: Any) -> list[Any]:
        """None."""
        return []
