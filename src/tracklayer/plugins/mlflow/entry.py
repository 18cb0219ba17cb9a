"""What MLflow loads when it is imported itself: functions, and nothing behind them yet.

An entry point that raises breaks `import mlflow` for everybody, and one that imports much slows it down. So the store
and all that it needs are imported when MLflow asks for one.
"""

from __future__ import annotations

from typing import Any

#: How the URI of several places begins.
_PLACES = "tracklayer+places:"


def tracking_store(store_uri: str, artifact_uri: str | None = None, **_: Any) -> Any:
    """The store of a `tracklayer+...` tracking URI. No call is made, and no other store is asked for.

    * MLflow holds a lock while it waits for this: whoever asked it for a store here would wait for ever.
    """
    if store_uri.startswith(_PLACES):
        from tracklayer.plugins.mlflow.many.store import PlacesStore  # noqa: PLC0415 -- it imports MLflow

        several: Any = PlacesStore  # most of its methods are made, which mypy does not see
        return several(store_uri, artifact_uri)
    from tracklayer.plugins.mlflow.store import TracklayerStore  # noqa: PLC0415 -- likewise

    return TracklayerStore(store_uri, artifact_uri)


def artifact_repository(artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> Any:
    """The files below a `tracklayer+artifacts:` URI, or those of a whole place, or of several. No call is made."""
    if artifact_uri.startswith(_PLACES):
        from tracklayer.plugins.mlflow.many.artifacts import PlacesArtifacts  # noqa: PLC0415 -- it imports MLflow

        return PlacesArtifacts(artifact_uri, tracking_uri, registry_uri)
    from tracklayer.plugins.mlflow.artifacts import TracklayerArtifacts  # noqa: PLC0415 -- likewise

    return TracklayerArtifacts(artifact_uri, tracking_uri, registry_uri)


def model_registry(store_uri: str, **_: Any) -> Any:
    """The registry of a place or several, which holds no model: a server's pages ask for one while they show a run."""
    from tracklayer.plugins.mlflow.registry import NoRegistry  # noqa: PLC0415 -- it imports MLflow

    registry: Any = NoRegistry  # as above
    return registry(store_uri)
