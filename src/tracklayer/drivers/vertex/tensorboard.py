"""Time series: a TensorBoard run for each run, a series for each metric, points in and out.

* The resources are named and tied to the run as the official SDK does it, which reads them by that.
* A step holds one point: writing the same again is writing it once.
* Points come back by Export only: every other way to read gives a sample of long series.
"""

from __future__ import annotations

import re
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tracklayer.drivers.google import Json, Rest, finished, times
from tracklayer.drivers.vertex import names
from tracklayer.drivers.vertex.nodes import Nodes
from tracklayer.errors import AlreadyExists, NotFound
from tracklayer.model import Points

#: Series that are made at once (types/tensorboard_service.py), listed at once, and sampled at once.
MADE, LISTED, SAMPLED = 1_000, 1_000, 20
#: Points that one page of an export holds, and that a sample holds at most.
EXPORTED, SAMPLE = 10_000, 1_000
#: TensorBoard runs whose series are remembered.
REMEMBERED = 256
LINK, LINK_VERSION = "google.VertexTensorboardRun", "0.0.1"
_RUN = re.compile(r"projects/[\w.:-]+/locations/[\w-]+/tensorboards/[\w-]+/experiments/[\w-]+/runs/[\w-]+")
_LABELS = {"vertex_tensorboard_experiment_source": "vertex_experiment"}
_ODD = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@dataclass(frozen=True)
class OneSeries:
    """A time series of numbers. `highest`: the highest step it had when it was listed; None when it was empty."""

    name: str
    highest: int | None = None


@dataclass
class _Run:
    series: dict[str, OneSeries] = field(default_factory=dict)


class Tensorboard:
    """The TensorBoards of one location. Errors are ours."""

    def __init__(self, rest: Rest, nodes: Nodes) -> None:
        self._rest = rest
        self._nodes = nodes
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self._experiments: set[str] = set()

    # -- resources

    def check(self, board: str) -> str:
        """The whole name of a TensorBoard. `NotFound`."""
        return str(self._rest.call("GET", board, operation="GetTensorboard")["name"])

    def made(self, board: str, experiment: str, context: str) -> str:
        """The TensorBoard run of a run: the one it has, else a new one in this TensorBoard."""
        known = self.linked(context)
        if known is not None:
            return known
        shown = names.board_run(context, experiment)
        body = {"displayName": shown}
        run = f"{self._experiment(board, experiment)}/runs/{shown}"
        with suppress(AlreadyExists):
            run = self._made(f"{board}/experiments/{experiment}/runs", "tensorboardRunId", shown, body)
        self._link(context, run)
        return run

    def linked(self, context: str) -> str | None:
        """The TensorBoard run that a run has; None when it has none."""
        found = self._nodes.get("artifacts", names.board_link(context)) or {}
        return (
            board_run((found.get("metadata") or {}).get("resourceName")) if found.get("schemaTitle") == LINK else None
        )

    def _experiment(self, board: str, experiment: str) -> str:
        name = f"{board}/experiments/{experiment}"
        if name not in self._experiments:
            body = {"displayName": experiment, "labels": _LABELS}
            with suppress(AlreadyExists):
                self._made(f"{board}/experiments", "tensorboardExperimentId", experiment, body)
            self._experiments.add(name)
        return name

    def _made(self, path: str, key: str, name: str, body: Mapping[str, Any]) -> str:
        operation = "CreateTensorboardRun" if path.endswith("/runs") else "CreateTensorboardExperiment"
        return str(self._rest.call("POST", path, operation=operation, query={key: name}, body=body)["name"])

    def _link(self, context: str, run: str) -> None:
        """The artifact by which the official SDK finds a run's time series."""
        body = {
            "schemaTitle": LINK,
            "schemaVersion": LINK_VERSION,
            "uri": f"{self._rest.base}/{run}",
            "metadata": {"resourceName": run, "vertex_experiment_tracking": True},
            "state": "LIVE",
        }
        self._nodes.attach(context, [self._nodes.put("artifacts", names.board_link(context), body)])

    # -- series

    def series(self, run: str, *, anew: bool = False) -> Mapping[str, OneSeries]:
        """The time series of a TensorBoard run by metric, as they were when first asked for. `NotFound`."""
        with self._lock:
            known = self._runs.get(run)
        if known is not None and not anew:
            return known.series
        found: dict[str, OneSeries] = {}
        after: str | None = None
        while True:
            query: dict[str, str | int] = {"pageSize": LISTED} | ({} if after is None else {"pageToken": after})
            answer = self._rest.call("GET", f"{run}/timeSeries", operation="ListTensorboardTimeSeries", query=query)
            found |= dict(_scalars(answer.get("tensorboardTimeSeries") or ()))
            after = answer.get("nextPageToken") or None
            if after is None:
                break
        with self._lock:
            self._runs[run] = _Run(found)
            while len(self._runs) > REMEMBERED:
                self._runs.popitem(last=False)
        return found

    def find(self, run: str, metric: str) -> OneSeries | None:
        """The time series of a metric; None where there is none."""
        try:
            found = self.series(run).get(metric)
            return self.series(run, anew=True).get(metric) if found is None else found
        except NotFound:  # the TensorBoard was deleted by hand
            return None

    def ensure(self, run: str, metrics: Iterable[str]) -> Mapping[str, OneSeries]:
        """The time series of these metrics, made where they are missing."""
        wanted = list(dict.fromkeys(metrics))
        known = self.series(run)
        missing = [key for key in wanted if key not in known]
        for start in range(0, len(missing), MADE):
            self._make(run, missing[start : start + MADE])
        return self.series(run)

    def _make(self, run: str, metrics: Sequence[str]) -> None:
        try:
            self._create(run, metrics)
        except AlreadyExists:  # another writer made some of them
            known = self.series(run, anew=True)
            left = [key for key in metrics if key not in known]
            if left:
                self._create(run, left)

    def _create(self, run: str, metrics: Sequence[str]) -> None:
        requests = [
            {
                "parent": run,
                "tensorboardTimeSeries": {
                    "displayName": key, "valueType": "SCALAR", "pluginName": "scalars",
                },
            }
            for key in metrics
        ]  # fmt: skip
        path = f"{run.rpartition('/runs/')[0]}:batchCreate"
        answer = self._rest.call(
            "POST", path, operation="BatchCreateTensorboardTimeSeries", body={"requests": requests}
        )
        new = dict(_scalars(answer.get("tensorboardTimeSeries") or ()))
        with self._lock:
            self._runs.setdefault(run, _Run()).series.update(new)

    # -- points

    def write(self, run: str, points: Mapping[str, Points]) -> None:
        """Write points of several metrics, one a step: at most 5,000 in all."""
        series = self.ensure(run, points)
        data = [
            {
                "tensorboardTimeSeriesId": names.last(series[key].name),
                "valueType": "SCALAR",
                "values": [_point(*row) for row in part.rows()],
            }
            for key, part in points.items()
        ]
        self._rest.call("POST", f"{run}:write", operation="WriteTensorboardRunData", body={"timeSeriesData": data})

    def read(self, series: str, key: str, after: str | None) -> tuple[Points, str | None]:
        """One page of a series, in no order, and where the next one begins."""
        body: Json = {"pageSize": EXPORTED} | ({} if after is None else {"pageToken": after})
        answer = self._rest.call(
            "POST",
            f"{series}:exportTensorboardTimeSeries",
            operation="ExportTensorboardTimeSeriesData",
            body=body,
        )
        return _points(key, answer.get("timeSeriesDataPoints") or ()), answer.get("nextPageToken") or None

    def samples(self, run: str, metrics: Mapping[str, OneSeries]) -> Mapping[str, Points]:
        """Some points of each series: all of them where there are few."""
        keys, found = list(metrics), dict[str, Points]()
        board = run.partition("/experiments/")[0]
        for start in range(0, len(keys), SAMPLED):
            some = {metrics[key].name: key for key in keys[start : start + SAMPLED]}
            answer = self._rest.call(
                "GET",
                f"{board}:batchRead",
                operation="BatchReadTensorboardTimeSeriesData",
                query={"timeSeries": list(some)},  # type: ignore[dict-item] # requests repeats the name
            )
            for one in answer.get("timeSeriesData") or ():
                key = next((k for name, k in some.items() if names.last(name) == one["tensorboardTimeSeriesId"]), None)
                if key is not None:
                    found[key] = _points(key, one.get("values") or ())
        return found

    def delete(self, run: str) -> None:
        """Delete a TensorBoard run and all its points. One that is not there is as good as deleted."""
        with self._lock:
            self._runs.pop(run, None)
        with suppress(NotFound):
            finished(
                self._rest,
                self._rest.call("DELETE", run, operation="DeleteTensorboardRun"),
                "DeleteTensorboardRun",
            )


def board_run(given: object) -> str | None:
    """A text, if it is the name of a TensorBoard run: others may have written it, and what it names may be deleted."""
    return given if isinstance(given, str) and _RUN.fullmatch(given) is not None else None


def _scalars(given: Iterable[Json]) -> Iterable[tuple[str, OneSeries]]:
    for one in given:
        if one.get("valueType") in {"SCALAR", 1} and one.get("displayName"):
            about = one.get("metadata") or {}
            highest = int(about.get("maxStep", 0)) if about.get("maxWallTime") or about.get("maxStep") else None
            yield one["displayName"], OneSeries(one["name"], highest)


def _point(step: int, time: int, value: float) -> Json:
    return {"step": str(step), "wallTime": times.written(time), "scalar": {"value": _number(value)}}


def _number(value: float) -> float | str:
    if value != value:  # noqa: PLR0124 -- NaN is not itself
        return "NaN"
    return value if abs(value) != float("inf") else "Infinity" if value > 0 else "-Infinity"


def _points(key: str, given: Iterable[Json]) -> Points:
    """Points out of an answer, which leaves zeros out. One without a time has the first moment of 1970."""
    steps, moments, values = array("q"), array("q"), array("d")
    for one in given:
        scalar = one.get("scalar")
        if scalar is None:
            continue
        steps.append(int(one.get("step", 0)))
        moments.append(times.nanoseconds(str(one.get("wallTime", ""))) or 0)
        value = scalar.get("value", 0.0)
        values.append(_ODD[value] if isinstance(value, str) and value in _ODD else float(value))
    return Points(key=key, steps=steps, times=moments, values=values)
