from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
import requests
from botocore.client import BaseClient
from botocore.config import Config
from tests.emulators.sagemaker.clients import Aws, code, refused

from tracklayer.emulators.remote import RemoteEmulator
from tracklayer.emulators.sagemaker import Knobs, SagemakerEmulator
from tracklayer.errors import InvalidInput

BUCKET = "sagemaker-us-east-1-123456789012"


def client_of(aws: Aws, service: str, secret: str, key: str | None = None) -> BaseClient:
    session = boto3.Session(key or aws.credentials.access_key, secret, region_name="us-east-1")
    return session.client(service, endpoint_url=aws.emulator.url, config=Config(retries={"total_max_attempts": 1}))


CALLS: dict[str, Any] = {
    "sagemaker": lambda client: client.list_experiments,
    "sagemaker-metrics": lambda client: (
        lambda: client.batch_put_metrics(
            TrialComponentName="a", MetricData=[{"MetricName": "m", "Timestamp": 0, "Value": 1.0}]
        )
    ),
    "s3": lambda client: client.list_buckets,
    "sts": lambda client: client.get_caller_identity,
}


@pytest.mark.parametrize("service", CALLS)
def test_only_good_signatures_are_let_in(aws: Aws, service: str) -> None:
    wrong = client_of(aws, service, "wrong")
    unknown = client_of(aws, service, "wrong", "AKIAUNKNOWN000000000")
    rest = {"s3": "SignatureDoesNotMatch", "sts": "SignatureDoesNotMatch"}
    assert code(CALLS[service](wrong)) == rest.get(service, "InvalidSignatureException")
    rest = {"s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId"}
    assert code(CALLS[service](unknown)) == rest.get(service, "UnrecognizedClientException")
    assert [call.status for call in aws.emulator.calls.all()] == [403, 403]
    aws.tune(signatures=False)
    CALLS[service](wrong)()
    for client in (wrong, unknown):
        client.close()


def test_who_does_not_sign_is_told_so(aws: Aws) -> None:
    url = aws.emulator.url
    answer = requests.post(url, json={}, headers={"X-Amz-Target": "SageMaker.ListExperiments"}, timeout=30)
    assert (answer.status_code, answer.json()["__type"]) == (403, "MissingAuthenticationTokenException")
    assert "<Code>AccessDenied</Code>" in requests.get(f"{url}/bucket/key", timeout=30).text


def test_a_signature_is_for_the_region_of_the_host(aws: Aws) -> None:
    status, answer = aws.raw("ListExperiments", {}, Host="api.sagemaker.eu-west-1.amazonaws.com")
    assert (status, answer["__type"]) == (403, "InvalidSignatureException")


def test_sts_says_who_one_is_and_gives_out_keys(aws: Aws) -> None:
    assert aws.sts.get_caller_identity()["Account"] == "123456789012"
    given = aws.sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/some-role-of-ours", RoleSessionName="s")[
        "Credentials"
    ]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
    )
    client = session.client("sagemaker", endpoint_url=aws.emulator.url)
    assert client.list_experiments()["ExperimentSummaries"] == []
    client.close()


def test_files_go_through_s3_in_parts_and_come_back(aws: Aws) -> None:
    data = os.urandom(20_000_000)
    aws.s3.create_bucket(Bucket=BUCKET)
    aws.s3.upload_fileobj(io.BytesIO(data), BUCKET, "a b/é+%2F.bin")
    back = io.BytesIO()
    aws.s3.download_fileobj(BUCKET, "a b/é+%2F.bin", back)
    assert back.getvalue() == data
    assert aws.s3.head_object(Bucket=BUCKET, Key="a b/é+%2F.bin")["ContentLength"] == len(data)
    part = aws.s3.get_object(Bucket=BUCKET, Key="a b/é+%2F.bin", Range="bytes=100-199")
    assert (part["Body"].read(), part["ContentRange"]) == (data[100:200], "bytes 100-199/20000000")
    aws.s3.put_object(Bucket=BUCKET, Key="x", Body=b"", Metadata={"a_b": "1"})
    assert aws.s3.head_object(Bucket=BUCKET, Key="x")["Metadata"] == {"a_b": "1"}
    listed = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert ([one["Prefix"] for one in listed["CommonPrefixes"]], [one["Key"] for one in listed["Contents"]]) == (
        ["a b/"],
        ["x"],
    )
    aws.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "x"}]})
    assert code(aws.s3.get_object, Bucket=BUCKET, Key="x") == "NoSuchKey"
    assert code(aws.s3.head_object, Bucket=BUCKET, Key="x") == "404"
    assert code(aws.s3.get_object, Bucket="nothing-here", Key="x") == "NoSuchBucket"
    counts = aws.emulator.calls.counts()
    names = (
        "CreateBucket",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "DeleteObjects",
        "ListObjectsV2",
    )
    assert [counts[f"s3.{name}"] for name in names] == [1, 1, 3, 1, 1, 1]
    upload = aws.s3.create_multipart_upload(Bucket=BUCKET, Key="left")["UploadId"]
    aws.s3.upload_part(Bucket=BUCKET, Key="left", UploadId=upload, PartNumber=1, Body=b"part")
    aws.emulator.reset()
    assert aws.s3.list_buckets()["Buckets"] == []


def test_a_presigned_url_opens_a_file(aws: Aws) -> None:
    aws.s3.create_bucket(Bucket=BUCKET)
    aws.s3.put_object(Bucket=BUCKET, Key="a b", Body=b"data")
    asked = {"Bucket": BUCKET, "Key": "a b"}
    url = aws.s3.generate_presigned_url("get_object", Params=asked)
    assert "Please use AWS4-HMAC-SHA256" in requests.get(url, timeout=30).text
    signing = boto3.Session(aws.credentials.access_key, aws.credentials.secret_key, region_name="us-east-1").client(
        "s3", endpoint_url=aws.emulator.url, config=Config(signature_version="s3v4")
    )
    url = signing.generate_presigned_url("get_object", Params=asked)
    assert requests.get(url, timeout=30).content == b"data"
    assert requests.get(url.replace("a%20b", "other"), timeout=30).status_code == 403
    signing.close()


def test_another_process_asks_by_url(aws: Aws) -> None:
    remote = RemoteEmulator(aws.emulator.url)
    aws.experiment()
    assert remote.counts() == {"sagemaker.CreateExperiment": 1}
    assert [(call.operation, call.status, call.host) for call in remote.calls()] == [
        ("CreateExperiment", 200, "127.0.0.1")
    ]
    remote.tune(search_lag=5)
    assert (remote.knobs()["search_lag"], aws.emulator.knobs.search_lag) == (5.0, 5.0)
    with pytest.raises(InvalidInput, match="sagemaker has no knob 'serch_lag'; it has ahead, axis_end"):
        remote.tune(serch_lag=5)
    remote.reset()
    assert aws.sm.list_experiments()["ExperimentSummaries"] == []
    remote.clear()
    assert remote.calls() == []


def test_threads_may_ask_at_once(aws: Aws) -> None:
    aws.experiment()
    aws.trial()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: aws.component(f"tc-{number}", "trial" if number < 50 else None), range(100)))
    assert len(aws.found(("Parents.TrialName", "Equals", "trial"))) == 50
    assert aws.emulator.calls.count("AssociateTrialComponent") == 50
    assert aws.emulator.calls.count(service="sagemaker") == 153


def test_three_hundred_components_are_searched_in_three_calls(aws: Aws) -> None:
    region = aws.emulator.region()
    aws.experiment()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: aws.component(f"tc-{number}"), range(300)))
    asked = {
        "Resource": "ExperimentTrialComponent",
        "MaxResults": 100,
        "SortBy": "CreationTime",
        "SortOrder": "Ascending",
    }
    pages = list(aws.sm.get_paginator("search").paginate(**asked))
    assert (len(pages), sum(len(page["Results"]) for page in pages)) == (3, 300)
    assert len(region.components) == 300


def test_every_open_question_has_two_readings() -> None:
    first, second = Knobs().model_dump(), Knobs.otherwise().model_dump()
    same = {name for name in first if first[name] == second[name]}
    behaviour = {"signatures", "ahead", "search_lag", "metric_lag", "rates", "burst", "page"}
    quotas = {"components_per_trial", "trials_per_experiment", "experiments", "metrics_per_component"}
    assert same == behaviour | quotas
    assert Knobs.otherwise(taken="already exists", search_lag=1).taken == "already exists"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"json_true": "maybe"}, "knob json_true='maybe': Input should be 'accepted' or 'refused'"),
        ({"search_lag": -1}, "knob search_lag=-1: Input should be greater than or equal to 0"),
        ({"nonsense": 1}, "sagemaker has no knob 'nonsense'; it has "),
    ],
)
def test_a_wrong_knob_is_told_of_in_one_line(aws: Aws, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message.replace("'", ".")) as caught:
        aws.tune(**changes)
    assert "\n" not in str(caught.value)


def test_text_is_taken_for_a_knob_as_a_command_line_has_it(aws: Aws) -> None:
    aws.tune(search_lag="2.5", signatures="false")
    assert (aws.emulator.knobs.search_lag, aws.emulator.knobs.signatures) == (2.5, False)
    assert all(text for text in aws.emulator.known_knobs().values())


def test_stopping_ends_connections_and_starting_begins_anew() -> None:
    emulator = SagemakerEmulator(parts=())
    emulator.start()
    aws = Aws(emulator)
    aws.experiment()
    emulator.stop()
    with pytest.raises(Exception, match=r"Could not connect|closed"):
        aws.sm.list_experiments()
    aws.close()
    with emulator:
        again = Aws(emulator)
        assert again.sm.list_experiments()["ExperimentSummaries"] == []
        again.close()


def test_what_is_refused_says_no_secret(aws: Aws) -> None:
    client = client_of(aws, "sagemaker", "hunter2-is-secret")
    _, message = refused(client.list_experiments)
    assert "hunter2" not in message
    assert aws.credentials.secret_key not in message
    client.close()


def test_two_emulators_in_one_process_have_nothing_in_common(aws: Aws) -> None:
    with SagemakerEmulator(parts=()) as other:
        theirs = boto3.session.Session(
            aws_access_key_id=other.environment()["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=other.environment()["AWS_SECRET_ACCESS_KEY"],
            region_name="us-east-1",
        ).client("s3", endpoint_url=other.url)
        for client, data in ((aws.s3, b"ours"), (theirs, b"theirs")):
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="a", Body=data)
        assert aws.s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"ours"
        assert theirs.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"theirs"
        theirs.close()
    assert aws.s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"ours"
