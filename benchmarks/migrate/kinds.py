"""Requests by their kind: `POST runs/create`, `PUT file`."""

from __future__ import annotations

import re

FILES = "/mlflow-artifacts/artifacts"


def kind(method: str, target: str) -> str:
    """The kind of a request to an MLflow server. `GET files` is a list, `GET file` a file."""
    path = target.partition("?")[0]
    if FILES in path:
        return f"{method} {'file' if path.partition(FILES)[2].strip('/') else 'files'}"
    return f"{method} {re.sub(r'^/(ajax-)?api/[0-9.]+/mlflow/', '', path)}"
