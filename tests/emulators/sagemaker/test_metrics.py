from __future__ import annotations

import math
import statistics
import sys
import time
from typing import Any

import pytest
from tests.emulators.sagemaker.clients import Aws, code, refused

ARN = "arn:aws:sagemaker:us-east-1:123456789012:experiment-trial-component/tc"
#: A moment that begins an hour, well within what the service takes.
HOUR = int(time.time()) // 3600 * 3600 - 7200


def point(value: float, step: int | None = None, at: float = HOUR, name: str = "loss") -> dict[str, Any]:
    return {"MetricName": name, "Timestamp": at, "Value": value} | ({} if step is None else {"Step": step})


def query(stat: str = "Last", period: str = "IterationNumber", **more: Any) -> dict[str, Any]:
    axis = "IterationNumber" if period == "IterationNumber" else "Timestamp"
    return {"MetricName": "loss", "ResourceArn": ARN, "MetricStat": stat, "Period": period, "XAxisType": axis} | more


def result(aws: Aws, stat: str = "Last", period: str = "IterationNumber", **more: Any) -> dict[str, Any]:
    return dict(aws.metrics.batch_get_metrics(MetricQueries=[query(stat, period, **more)])["MetricQueryResults"][0])


def axis(aws: Aws, stat: str = "Last", period: str = "IterationNumber", **more: Any) -> dict[int, float]:
    found = result(aws, stat, period, **more)
    return dict(zip(found["XAxisValues"], found["MetricValues"], strict=True))


def summary(aws: Aws) -> dict[str, Any]:
    return dict(aws.described()["Metrics"][0])


@pytest.fixture
def tc(aws: Aws) -> Aws:
    aws.component()
    return aws


def test_points_are_summed_up(tc: Aws) -> None:
    values = [3.0, -1.0, 2.5, 8.0]
    assert tc.put(*(point(value, step, HOUR + step) for step, value in enumerate(values))) == []
    found = summary(tc)
    assert {name: found[name] for name in ("MetricName", "SourceArn", "Count", "Max", "Min", "Last", "Avg")} == {
        "MetricName": "loss",
        "SourceArn": ARN,
        "Count": 4,
        "Max": 8.0,
        "Min": -1.0,
        "Last": 8.0,
        "Avg": 3.125,
    }
    assert found["TimeStamp"].timestamp() == HOUR + 3
    assert math.isclose(found["StdDev"], statistics.pstdev(values))
    tc.tune(std_dev="sample")
    assert math.isclose(summary(tc)["StdDev"], statistics.stdev(values))


def test_a_summary_of_the_largest_doubles_is_of_doubles(tc: Aws) -> None:
    """What MLflow stores for infinities: their distance is none."""
    tc.put(*(point(value, step) for step, value in enumerate((sys.float_info.max, -sys.float_info.max, 0.0))))
    found = summary(tc)
    assert (found["Max"], found["Min"]) == (sys.float_info.max, -sys.float_info.max)
    assert abs(found["Avg"]) < sys.float_info.max * sys.float_info.epsilon
    assert 1e153 < found["StdDev"] < math.inf


def test_one_value_a_step_and_none_without(tc: Aws) -> None:
    tc.put(point(1, 5), point(2, 3), point(4, 3, HOUR + 1), point(9))
    assert axis(tc) == {3: 4.0, 5: 1.0}
    assert axis(tc, "Count") == {3: 2.0, 5: 1.0}
    assert (axis(tc, "Min"), axis(tc, "Max"), axis(tc, "Avg")) == ({3: 2.0, 5: 1.0}, {3: 4.0, 5: 1.0}, {3: 3.0, 5: 1.0})
    assert axis(tc, "StdDev") == {3: 1.0, 5: 0.0}
    assert list(result(tc)["XAxisValues"]) == [3, 5]
    assert summary(tc)["Count"] == 4


@pytest.mark.parametrize(
    ("period", "buckets"),
    [("OneMinute", [0, 60, 300, 3600]), ("FiveMinute", [0, 300, 3600]), ("OneHour", [0, 3600])],
)
def test_values_by_spans_of_time(tc: Aws, period: str, buckets: list[int]) -> None:
    tc.put(*(point(1, at=HOUR + second) for second in (0, 59.9, 60, 119, 300, 3600)))
    assert list(axis(tc, "Count", period)) == [(HOUR + second) * 1000 for second in buckets]
    assert sum(axis(tc, "Count", period).values()) == 6
    tc.tune(axis_times="seconds")
    assert list(axis(tc, "Count", period)) == [HOUR + second for second in buckets]


def test_which_of_several_is_last_is_a_knob(tc: Aws) -> None:
    tc.put(point(1, 0, HOUR + 5), point(2, 0, HOUR))
    assert (axis(tc), summary(tc)["Last"]) == ({0: 1.0}, 1.0)
    tc.tune(last_means="last arrived")
    assert (axis(tc), summary(tc)["Last"]) == ({0: 2.0}, 2.0)
    assert summary(tc)["TimeStamp"].timestamp() == HOUR + 5


def test_start_and_end_cut_the_axis(tc: Aws) -> None:
    tc.put(*(point(step, step, HOUR + 60 * step) for step in range(6)))
    assert list(axis(tc, Start=2, End=4)) == [2, 3, 4]
    assert list(axis(tc, Start=5)) == [5]
    assert list(axis(tc, End=0)) == [0]
    times = axis(tc, "Last", "OneMinute", Start=(HOUR + 60) * 1000, End=(HOUR + 120) * 1000)
    assert times == {(HOUR + 60) * 1000: 1.0, (HOUR + 120) * 1000: 2.0}
    tc.tune(axis_end="excluded")
    assert list(axis(tc, Start=2, End=4)) == [2, 3]
    tc.tune(step_bounds="times")
    assert axis(tc, Start=2, End=4) == {}
    assert list(axis(tc, Start=(HOUR + 60) * 1000, End=(HOUR + 180) * 1000)) == [1, 2]


def test_a_long_result_is_truncated(tc: Aws) -> None:
    tc.tune(truncated_at=3)
    tc.put(*(point(step, step) for step in range(4)))
    found = result(tc)
    assert (found["Status"], found["XAxisValues"]) == ("Truncated", [0, 1, 2])
    assert result(tc, Start=1)["Status"] == "Complete"
    tc.tune(truncated_keeps="last")
    assert result(tc)["XAxisValues"] == [1, 2, 3]


def test_what_does_not_fit_is_told_of_in_the_result(tc: Aws) -> None:
    found = result(tc, XAxisType="Timestamp")
    assert (found["Status"], found["XAxisValues"], found["MetricValues"]) == ("ValidationError", [], [])
    assert "does not fit" in found["Message"]
    assert result(tc, "Last", "OneMinute", XAxisType="IterationNumber")["Status"] == "ValidationError"
    tc.tune(axis_mismatch="exception")
    assert code(tc.metrics.batch_get_metrics, MetricQueries=[query(XAxisType="Timestamp")]) == "ValidationException"


def test_a_metric_that_is_not_there(tc: Aws) -> None:
    assert result(tc) == {"Status": "Complete", "XAxisValues": [], "MetricValues": []}
    tc.tune(unknown_metric="ValidationError")
    assert result(tc)["Status"] == "ValidationError"


def test_ten_points_a_call_and_a_hundred_queries(tc: Aws) -> None:
    assert tc.put(*(point(1, step) for step in range(10))) == []
    with_eleven = {"TrialComponentName": "tc", "MetricData": [point(1)] * 11}
    assert code(tc.metrics.batch_put_metrics, **with_eleven) == "ValidationException"
    assert code(tc.metrics.batch_put_metrics, TrialComponentName="tc", MetricData=[]) == "ValidationException"
    answer = tc.metrics.batch_get_metrics(MetricQueries=[query()] * 100)
    assert [len(one["MetricValues"]) for one in answer["MetricQueryResults"]] == [10] * 100
    assert code(tc.metrics.batch_get_metrics, MetricQueries=[query()] * 101) == "ValidationException"


@pytest.mark.parametrize(
    ("change", "legal"),
    [
        ({"MetricName": "x" * 255}, True),
        ({"MetricName": "x" * 256}, False),
        ({"MetricName": ""}, False),
        ({"MetricName": "a\nb"}, False),
        ({"Step": 0}, True),
        ({"Step": -1}, False),
        ({"Step": 2**31 - 1}, True),
    ],
)
def test_a_point_at_its_limits(tc: Aws, change: dict[str, Any], *, legal: bool) -> None:
    given = {"TrialComponentName": "tc", "MetricData": [point(1) | change]}
    if legal:
        assert tc.metrics.batch_put_metrics(**given).get("Errors") is None
    else:
        assert code(tc.metrics.batch_put_metrics, **given) == "ValidationException"
    assert len(tc.described()["Metrics"]) == legal


def test_a_step_is_of_32_bits(tc: Aws) -> None:
    given = {"TrialComponentName": "tc", "MetricData": [point(1, 2**31)]}
    assert refused(tc.metrics.batch_put_metrics, **given) == (
        "SerializationException",
        "NUMBER_VALUE can not be converted to an Integer",
    )


def test_the_name_must_be_in_lower_case(aws: Aws) -> None:
    aws.component("TC")
    assert code(aws.metrics.batch_put_metrics, TrialComponentName="TC", MetricData=[point(1)]) == "ValidationException"
    assert aws.put(point(1)) == []


def test_bad_points_are_told_of_in_a_good_answer(tc: Aws) -> None:
    now = time.time()
    day = 24 * 3600
    given = (1, math.nan, 2, math.inf, -math.inf)
    assert [one["MetricIndex"] for one in tc.put(*(point(value) for value in given))] == [1, 3, 4]
    times = (now - 14 * day + 60, now - 14 * day - 60, now + 7140, now + 7260)
    assert tc.put(*(point(1, at=at) for at in times)) == [
        {"Code": "VALIDATION_ERROR", "MetricIndex": 1},
        {"Code": "VALIDATION_ERROR", "MetricIndex": 3},
    ]
    assert summary(tc)["Count"] == 4
    tc.tune(metric_window="ignored")
    assert tc.put(point(1, at=86400.0)) == []


def test_a_component_has_its_most_metrics(tc: Aws) -> None:
    tc.tune(metrics_per_component=2)
    given = [point(1, name=name) for name in ("a", "b", "c", "a")]
    assert tc.put(*given) == [{"Code": "METRIC_LIMIT_EXCEEDED", "MetricIndex": 2}]


def test_points_of_nobody(aws: Aws) -> None:
    assert aws.put(point(1), point(2)) == [{"Code": "VALIDATION_ERROR", "MetricIndex": n} for n in (0, 1)]
    aws.tune(missing_component="exception")
    given = {"TrialComponentName": "tc", "MetricData": [point(1)]}
    assert code(aws.metrics.batch_put_metrics, **given) == "ResourceNotFound"


def test_a_point_put_again(tc: Aws) -> None:
    tc.put(point(1, 0), point(1, 0))
    assert summary(tc)["Count"] == 2
    tc.tune(retried_puts="dropped")
    tc.put(point(1, 0), point(1, 1), point(1, 1), point(2, 1))
    assert summary(tc)["Count"] == 4


def test_metrics_outlive_their_component_or_not(tc: Aws) -> None:
    tc.put(point(1))
    tc.sm.delete_trial_component(TrialComponentName="tc")
    tc.component()
    assert summary(tc)["Count"] == 1
    tc.tune(deleted_series="gone")
    tc.sm.delete_trial_component(TrialComponentName="tc")
    tc.component()
    assert tc.described()["Metrics"] == []


def test_points_are_seen_later(tc: Aws) -> None:
    tc.put(point(1, 0))
    tc.tune(metric_lag=30)
    assert (tc.described()["Metrics"], axis(tc)) == ([], {})
    tc.tune(ahead=31)
    tc.put(point(5, 1))
    assert (summary(tc)["Count"], axis(tc)) == (1, {0: 1.0})
    tc.tune(ahead=62)
    assert (summary(tc)["Max"], axis(tc)) == (5.0, {0: 1.0, 1: 5.0})
    tc.tune(metric_lag=0)
    assert summary(tc)["Count"] == 2


def test_ten_thousand_points_of_many_metrics(tc: Aws) -> None:
    for begin in range(0, 2000, 10):
        tc.put(*(point(n, n // 4, HOUR + n, name=f"m{n % 4}") for n in range(begin, begin + 10)))
    queries = [query(stat, MetricName=f"m{n}") for n in range(4) for stat in ("Min", "Max", "Count", "Last", "Avg")]
    answer = tc.metrics.batch_get_metrics(MetricQueries=queries)["MetricQueryResults"]
    assert {len(one["MetricValues"]) for one in answer} == {500}
    assert [one["Count"] for one in tc.described()["Metrics"]] == [500] * 4
