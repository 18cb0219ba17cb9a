from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, HTTPClientError
from tests.emulators.sagemaker.clients import Aws, code, refused

from tracklayer.emulators.faults import Fault


def test_nothing_is_done_before_a_drop_and_all_before_a_loss(aws: Aws) -> None:
    aws.emulator.fault(Fault("CreateExperiment", "drop-before"), Fault("CreateExperiment", "drop-after"))
    for expected in ([], ["exp"]):
        with pytest.raises((ConnectionClosedError, HTTPClientError)):
            aws.experiment()
        listed = aws.sm.list_experiments()["ExperimentSummaries"]
        assert [one["ExperimentName"] for one in listed] == expected
    assert code(aws.sm.create_experiment, ExperimentName="exp") == "ValidationException"
    statuses = [call.status for call in aws.emulator.calls.all() if call.operation == "CreateExperiment"]
    assert statuses == [0, 0, 400]


def test_a_connection_may_be_reset(aws: Aws) -> None:
    aws.emulator.fault(Fault("sagemaker.*", "reset", times=2))
    for _ in range(2):
        with pytest.raises(BotoCoreError):
            aws.experiment()
    aws.experiment()


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("sagemaker", lambda aws: aws.sm.list_experiments()),
        ("sagemaker-metrics", lambda aws: aws.put({"MetricName": "m", "Timestamp": 0, "Value": 1.0})),
        ("s3", lambda aws: aws.s3.list_buckets()),
        ("sts", lambda aws: aws.sts.get_caller_identity()),
    ],
)
@pytest.mark.parametrize(
    ("status", "name"), [(400, "ThrottlingException"), (429, "TooManyRequests"), (503, "SlowDown")]
)
def test_an_error_comes_in_the_service_own_shape(aws: Aws, service: str, call: Any, status: int, name: str) -> None:
    aws.emulator.fault(
        Fault(f"{service}.*", "answer", status=status, code=name, message="why", headers={"Retry-After": "2"})
    )
    with pytest.raises(ClientError) as caught:
        call(aws)
    response = caught.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (name, "why")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "2"
    last = aws.emulator.calls.all()[-1]
    assert (last.service, last.status, last.code) == (service, status, name)


def test_a_slow_call_is_done_all_the_same(aws: Aws) -> None:
    aws.emulator.fault(Fault("CreateExperiment", "slow", seconds=0.2))
    aws.experiment()
    assert aws.emulator.calls.all()[-1].seconds >= 0.2


def test_one_point_of_a_batch_may_fail(aws: Aws) -> None:
    aws.component()
    aws.emulator.fault(Fault("BatchPutMetrics", "point", code="INTERNAL_ERROR", index=1))
    points = [{"MetricName": "m", "Timestamp": time.time(), "Value": float(n)} for n in range(3)]
    assert aws.put(*points) == [{"Code": "INTERNAL_ERROR", "MetricIndex": 1}]
    assert aws.put(points[1]) == []
    assert aws.described()["Metrics"][0]["Count"] == 3


def test_faults_last_as_long_as_they_are_told_to(aws: Aws) -> None:
    aws.emulator.fault(Fault("List*", "answer", times=None))
    for _ in range(3):
        assert code(aws.sm.list_experiments) == "InternalFailure"
    aws.experiment()
    aws.emulator.faults.clear()
    assert len(aws.sm.list_experiments()["ExperimentSummaries"]) == 1


def test_an_operation_has_its_rate(aws: Aws) -> None:
    aws.tune(rates={"CreateExperiment": 1, "default": 1000}, burst=3)
    for number in range(3):
        aws.experiment(f"e-{number}")
    assert refused(aws.sm.create_experiment, ExperimentName="e-3") == ("ThrottlingException", "Rate exceeded")
    assert len(aws.sm.list_experiments()["ExperimentSummaries"]) == 3
    aws.tune(ahead=2.0)
    aws.experiment("e-4")
    aws.experiment("e-5")
    assert code(aws.sm.create_experiment, ExperimentName="e-6") == "ThrottlingException"


def test_s3_has_a_rate_if_it_is_named(aws: Aws) -> None:
    aws.tune(rates={"default": 1, "ListBuckets": 1})
    aws.s3.create_bucket(Bucket="bucket")
    aws.s3.delete_bucket(Bucket="bucket")
    aws.s3.list_buckets()
    assert code(aws.s3.list_buckets) == "SlowDown"


def test_a_mistake_of_the_emulator_is_told_of(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tracklayer.emulators.sagemaker.state.Region.experiment", lambda _self, _name: 1 / 0)
    kind, message = refused(aws.sm.describe_experiment, ExperimentName="x")
    assert (kind, "ZeroDivisionError" in message) == ("InternalFailure", True)
    assert "ZeroDivisionError" in capfd.readouterr().err
