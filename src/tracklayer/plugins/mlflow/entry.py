"""What MLflow loads when it is imported itself: two functions, and nothing behind them yet.

An entry point that raises breaks `import mlflow` for everybody, and one that imports much slows it down. So the store
and all that it needs are imported when MLflow asks for one.
"""

from __future__ import annotations

from typing import Any


def tracking_store(store_uri: str, artifact_uri: str | None = None, **_: Any) -> Any:
    """The store of a `tracklayer+...` tracking URI. No call is made, and no other store is asked for.

    * MLflow holds a lock while it waits for this: whoever asked it for a store here would wait for ever.
    """
    from tracklayer.plugins.mlflow.store import TracklayerStore  # noqa: PLC0415 -- it imports MLflow

    return TracklayerStore(store_uri, artifact_uri)


def artifact_repository(artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> Any:
    """The files below a `tracklayer+artifacts:` URI, or those of a whole place. No call is made."""
    from tracklayer.plugins.mlflow.artifacts import TracklayerArtifacts  # noqa: PLC0415 -- it imports MLflow

    return TracklayerArtifacts(artifact_uri, tracking_uri, registry_uri)
