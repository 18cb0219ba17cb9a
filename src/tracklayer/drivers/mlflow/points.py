"""Points written twice are written once, NaN too.

A server leaves out points it has already, but not NaN: it looks for them by comparing, and NaN is not itself. It then
refuses the whole batch (tried with 3.15; mlflow/store/tracking/sqlalchemy_store.py: _log_metrics). So when a batch with
NaN is refused, the NaN that are there are taken out of it, and it is sent again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import History, Nothing
from tracklayer.errors import Rejected, Unavailable

#: Points a page holds: what MLflow's client asks for.
PAGE = 25_000
NAN = "NaN"


def log_batch(rest: Rest, body: Mapping[str, Any], most: int = PAGE) -> None:
    """runs/log-batch, of which a repetition changes nothing. `most`: points that a page of a history may hold."""
    try:
        rest.call("POST", "runs/log-batch", Nothing, body=body)
    except (Rejected, Unavailable):
        new = _without_known_nan(rest, body, most)
        if new is None:
            raise
        rest.call("POST", "runs/log-batch", Nothing, body=new)


def _without_known_nan(rest: Rest, body: Mapping[str, Any], most: int) -> dict[str, Any] | None:
    """The batch without the NaN that the server has; None where it has none of them."""
    keys = {metric["key"] for metric in body["metrics"] if metric["value"] == NAN}
    known = {(key, *place) for key in keys for place in _nan(rest, body["run_id"], key, most)}
    metrics = [
        metric
        for metric in body["metrics"]
        if metric["value"] != NAN or (metric["key"], metric["step"], metric["timestamp"]) not in known
    ]
    return None if len(metrics) == len(body["metrics"]) else {**body, "metrics": metrics}


def _nan(rest: Rest, run: str, key: str, most: int) -> set[tuple[int, int]]:
    """Step and time of each NaN of a metric."""
    found: set[tuple[int, int]] = set()
    query = {"run_id": run, "metric_key": key, "max_results": str(most)}
    while True:
        page = rest.call("GET", "metrics/get-history", History, query=query)
        found |= {(metric.step, metric.timestamp) for metric in page.metrics if math.isnan(metric.value)}
        if page.next_page_token is None:
            return found
        query["page_token"] = page.next_page_token
