"""Routes: which of MLflow's are served. What is on no list is refused, so a newer MLflow opens no new door.

* Paths are those behind `/api/N.0/mlflow/` and `/ajax-api/N.0/mlflow/`; `*` is one part of a path.
* Source: `mlflow.server.handlers.get_endpoints`, `mlflow.server.__init__`, and what the pages of MLflow 3.15 were
  seen to ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, auto


class Verdict(Enum):
    """What becomes of a request."""

    SERVED = auto()  # MLflow answers it
    PAGES = auto()  # a page, or a file that it asks for
    EMPTY = auto()  # the answer is an empty one: there are none of these in any place
    READS_ONLY = auto()  # refused: it may write
    LACKING = auto()  # refused: no place has such a thing


PAGES = re.compile(r"/|/static-files/.+")
#: What is outside of the API.
OTHERS = re.compile(r"/health|/version|/graphql|/get-artifact|/model-versions/get-artifact")
FILES = re.compile(r"/(ajax-)?api/2\.0/mlflow-artifacts/artifacts(/.+)?")
API = re.compile(r"/(?:ajax-)?api/[23]\.0/mlflow/(?P<path>.+)")

READS = {
    "GET": (
        *("experiments/get", "experiments/get-by-name", "experiments/search"),
        *("runs/get", "artifacts/list"),
        *("metrics/get-history", "metrics/get-history-bulk", "metrics/get-history-bulk-interval"),
        *("logged-models/*", "logged-models/*/artifacts/directories", "logged-models/*/artifacts/files"),
        *("registered-models/search", "registered-models/get", "registered-models/get-latest-versions"),
        *("model-versions/search", "model-versions/get"),
        *("server-info", "ui-telemetry"),
    ),
    "POST": (
        *("experiments/search", "experiments/search-datasets", "runs/search", "logged-models/search"),
        *("registered-models/get-latest-versions", "ui-telemetry"),
    ),
}
WRITES = {
    "POST": (
        *("experiments/create", "experiments/delete", "experiments/restore", "experiments/update"),
        *("experiments/set-experiment-tag", "experiments/delete-experiment-tag"),
        *("runs/create", "runs/update", "runs/delete", "runs/restore"),
        *("runs/log-metric", "runs/log-parameter", "runs/log-batch", "runs/log-model", "runs/log-inputs"),
        *("runs/outputs", "runs/set-tag", "runs/delete-tag"),
        *("logged-models", "logged-models/*/params", "upload-artifact"),
    ),
    "PATCH": ("logged-models/*", "logged-models/*/tags"),
    "DELETE": ("logged-models/*", "logged-models/*/tags/*"),
}
#: What pages list of things that no place has.
NONE = {
    "GET": (
        *("traces", "scorers/list", "scorers/online-configs", "datasets/search", "label-schemas/list"),
        *("review-queues/list", "webhooks", "prompt-optimization/jobs", "mcp-servers"),
        *("users/current", "assistant/config", "assistant/providers", "gateway-proxy"),
    ),
    "POST": (
        *("traces/search", "traces/metrics", "traces/batchGetInfos", "issues/search", "datasets/search"),
        *("prompt-optimization/jobs/search",),
    ),
}


def verdict(method: str, path: str, *, write: bool) -> Verdict:
    """What becomes of a request for this path."""
    method = "GET" if method == "HEAD" else method
    if PAGES.fullmatch(path) and method == "GET":
        return Verdict.PAGES
    if _outside(method, path, write=write):
        return Verdict.SERVED
    found = API.fullmatch(path)
    asked = "" if found is None else found["path"]
    if asked and (_on(READS, method, asked) or (write and _on(WRITES, method, asked))):
        return Verdict.SERVED
    if asked and _on(NONE, method, asked):
        return Verdict.EMPTY
    return Verdict.LACKING if write or method == "GET" else Verdict.READS_ONLY


def _outside(method: str, path: str, *, write: bool) -> bool:
    """Is it served, and outside of the API?"""
    if method == "OPTIONS":
        return True  # MLflow's own answer to who asks what he may
    if FILES.fullmatch(path):
        return method == "GET" or (write and method == "PUT")
    return OTHERS.fullmatch(path) is not None and (method == "GET" or (method == "POST" and path == "/graphql"))


def _on(listed: dict[str, tuple[str, ...]], method: str, path: str) -> bool:
    return any(one.fullmatch(path) for one in _patterns(listed.get(method, ())))


def _patterns(paths: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(re.escape(path).replace(r"\*", "[^/]+")) for path in paths]
