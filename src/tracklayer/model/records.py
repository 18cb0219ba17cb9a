"""Records: tags in which a plugin keeps what it alone reads, such as MLflow's logged models. Tables leave them out."""

from __future__ import annotations

from collections.abc import Mapping

#: How their keys begin. They are tags as all others to whoever copies or compares runs.
RECORD = "mlflow.tracklayer."


def readable(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags without them."""
    return {key: text for key, text in tags.items() if not key.startswith(RECORD)}
