"""Runs of a place in a frame, and what it took: one reading in a process of its own, so that its memory is its own.

`python -m benchmarks.compare.inside.read HOW PLACE FILE`: HOW is `arrow`, `polars` or `pandas` of ours, or `mlflow`.
FILE gets seconds, processor seconds, peak MB, MB before, and what the frame holds. Imports are made before the clock
starts; what they take stands apart.
"""

from __future__ import annotations

import importlib
import json
import math
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _mlflow(place: str) -> Callable[[], Any]:
    import mlflow  # noqa: PLC0415 -- each subject loads its own
    import pandas  # noqa: F401, ICN001, PLC0415 -- which it makes frames of

    mlflow.set_tracking_uri(place)
    return lambda: mlflow.search_runs(experiment_names=["bench"])


def _ours(place: str, how: str) -> Callable[[], Any]:
    import pandas  # noqa: F401, ICN001, PLC0415 -- which pyarrow loads with the first array, if it is there
    import pyarrow  # noqa: F401, ICN001, PLC0415 -- likewise

    import tracklayer as tl  # noqa: PLC0415
    from tracklayer import compare  # noqa: F401, PLC0415

    if how != "arrow":
        importlib.import_module(how)

    def read() -> Any:
        return getattr(tl.compare(place, experiment="bench"), f"to_{how}")()

    return read


def main(how: str, place: str, file: str) -> None:
    loading = time.process_time()
    read = _mlflow(place) if how == "mlflow" else _ours(place, how)
    loading = time.process_time() - loading
    before = _peak()
    began, busy = time.perf_counter(), time.process_time()
    frame = read()
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    said = {"seconds": seconds, "cpu": cpu, "imports": loading, "peak": _peak(), "before": before}
    Path(file).write_text(json.dumps(said | _content(frame)), encoding="utf-8")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _content(frame: Any) -> dict[str, Any]:
    """What shows that frames hold the same: how many runs, the sum of each metric, and how many values a param has."""
    names = list(frame.column_names if hasattr(frame, "column_names") else frame.columns)
    metrics = {name: math.fsum(_values(frame, name)) for name in names if name.startswith("metrics.")}
    params = {name: len(set(_values(frame, name))) for name in names if name.startswith("params.")}
    return {"runs": len(frame), "metrics": metrics, "params": params}


def _values(frame: Any, name: str) -> list[Any]:
    column = frame[name]
    listed: list[Any] = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
    return listed


if __name__ == "__main__":
    main(*sys.argv[1:])
