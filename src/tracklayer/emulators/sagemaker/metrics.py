"""BatchPutMetrics and BatchGetMetrics: points go in, aggregates come out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.aws.errors import invalid
from tracklayer.emulators.sagemaker.naming import missing
from tracklayer.emulators.sagemaker.series import Bucket, Series
from tracklayer.emulators.sagemaker.state import Operation, Region

#: Seconds that a point may be old, and ahead: as the official SDK checks them, `sagemaker/experiments/_metrics.py`;
#: https://github.com/aws/sagemaker-python-sdk/issues/4240
OLDEST, NEWEST = 14 * 24 * 3600, 2 * 3600
PERIODS = {"OneMinute": 60, "FiveMinute": 300, "OneHour": 3600}


def put_metrics(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """BatchPutMetrics: each point on its own; those that are refused are told of in a good answer."""
    name, points = asked["TrialComponentName"], asked["MetricData"]
    component = region.components.get(name)
    if component is None:
        if region.knobs.missing_component == "exception":
            raise missing("Trial component", name)
        return {"Errors": [_error("VALIDATION_ERROR", place) for place in range(len(points))]}
    held = region.series.setdefault(component.arn, {})
    errors = []
    with region.changing(component, touch=False):
        for place, point in enumerate(points):
            code = _refused(region, held, point, place)
            if code is not None:
                errors.append(_error(code, place))
            else:
                held.setdefault(point["MetricName"], Series()).put(
                    region.kept(point["Timestamp"]),
                    point.get("Step"),
                    point["Value"],
                    now=region.now(),
                    dropped=region.knobs.retried_puts == "dropped",
                )
    return {"Errors": errors} if errors else {}


def get_metrics(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """BatchGetMetrics: for each query two lists of one length, in the order of the axis."""
    return {"MetricQueryResults": [_result(region, query) for query in asked["MetricQueries"]]}


def _refused(region: Region, held: Mapping[str, Series], point: Mapping[str, Any], place: int) -> str | None:
    """The code with which a point is refused."""
    knobs, now = region.knobs, region.now()
    if region.fault is not None and region.fault.index == place:
        return region.fault.code
    outside = not now - OLDEST <= point["Timestamp"] <= now + NEWEST
    if not math.isfinite(point["Value"]) or (outside and knobs.metric_window == "enforced"):
        return "VALIDATION_ERROR"
    most = knobs.metrics_per_component
    return (
        "METRIC_LIMIT_EXCEEDED" if most is not None and len(held) >= most and point["MetricName"] not in held else None
    )


def _error(code: str, place: int) -> dict[str, Any]:
    return {"Code": code, "MetricIndex": place}


def _result(region: Region, query: Mapping[str, Any]) -> dict[str, Any]:
    knobs = region.knobs
    by_step = query["XAxisType"] == "IterationNumber"
    if by_step != (query["Period"] == "IterationNumber"):
        message = f"Period {query['Period']} does not fit XAxisType {query['XAxisType']}."
        if knobs.axis_mismatch == "exception":
            raise invalid(message)
        return _empty("ValidationError", message)
    series = region.series.get(query["ResourceArn"].lower(), {}).get(query["MetricName"])
    if series is None:
        if knobs.unknown_metric == "empty":
            return _empty("Complete")
        return _empty("ValidationError", f"There is no metric {query['MetricName']} of {query['ResourceArn']}.")
    values = [(x, bucket.stat(query["MetricStat"], knobs)) for x, bucket in _axis(region, query, series)]
    status, most = "Complete", knobs.truncated_at
    if len(values) > most:
        status, values = "Truncated", values[:most] if knobs.truncated_keeps == "first" else values[-most:]
    return {"Status": status, "XAxisValues": [x for x, _ in values], "MetricValues": [value for _, value in values]}


def _axis(region: Region, query: Mapping[str, Any], series: Series) -> list[tuple[int, Bucket]]:
    """The places of the axis that are asked for, with what is there."""
    knobs, seen_at = region.knobs, region.now() - region.knobs.metric_lag
    unit = 1000 if knobs.axis_times == "milliseconds" else 1
    start, end = query.get("Start"), query.get("End")
    if query["XAxisType"] == "IterationNumber":
        found = list(series.by_step(seen_at).items())
        moments = [x if knobs.step_bounds == "steps" else bucket.latest_at * unit for x, bucket in found]
    else:
        found = [(x * unit, bucket) for x, bucket in series.by_time(PERIODS[query["Period"]], seen_at).items()]
        moments = [float(x) for x, _ in found]
    last = math.inf if end is None else end
    return [
        one
        for one, moment in zip(found, moments, strict=True)
        if (start is None or moment >= start) and (moment < last or (moment == last and knobs.axis_end == "included"))
    ]


def _empty(status: str, message: str | None = None) -> dict[str, Any]:
    result: dict[str, Any] = {"Status": status, "XAxisValues": [], "MetricValues": []}
    return result if message is None else result | {"Message": message}


OPERATIONS: Mapping[str, Operation] = {"BatchPutMetrics": put_metrics, "BatchGetMetrics": get_metrics}
