from __future__ import annotations

from fnmatch import fnmatch

import pytest

from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.emulators.sagemaker.routing import HOSTS, Route, route
from tracklayer.emulators.serving import Request

CN = "metrics.sagemaker.cn-north-1.amazonaws.com.cn"
EU = "eu-west-1"
#: A request (`METHOD host/path?query`) -> where it goes.
ROUTES = {
    "POST api.sagemaker.eu-west-1.amazonaws.com/": Route("sagemaker", "Search", EU),
    f"PUT {CN}/BatchPutMetrics": Route("sagemaker-metrics", "BatchPutMetrics", "cn-north-1"),
    "GET s3.amazonaws.com/": Route("s3", "ListBuckets"),
    "PUT b.s3.amazonaws.com/k/l": Route("s3", "PutObject", None, "b", "k/l"),
    "PUT b.c.s3.eu-west-1.amazonaws.com/k": Route("s3", "PutObject", EU, "b.c", "k"),
    "GET s3.eu-west-1.amazonaws.com/b/k%20l": Route("s3", "GetObject", EU, "b", "k%20l"),
    "HEAD b.s3.dualstack.eu-west-1.amazonaws.com/": Route("s3", "HeadBucket", EU, "b"),
    "GET b.s3.amazonaws.com/?prefix=a": Route("s3", "ListObjects", None, "b"),
    "GET b.s3.amazonaws.com/?location": Route("s3", "GetBucketLocation", None, "b"),
    "GET b.s3.amazonaws.com/?uploads": Route("s3", "ListMultipartUploads", None, "b"),
    "GET b.s3.amazonaws.com/?versions": Route("s3", "ListObjectVersions", None, "b"),
    "PUT b.s3.amazonaws.com/k?tagging": Route("s3", "PutObjectTagging", None, "b", "k"),
    "DELETE b.s3.amazonaws.com/k?uploadId=1": Route("s3", "AbortMultipartUpload", None, "b", "k"),
    "DELETE b.s3.amazonaws.com/k": Route("s3", "DeleteObject", None, "b", "k"),
    "GET sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity": Route("sts", "GetCallerIdentity", "us-east-1"),
    "GET sts.amazonaws.com/": Route("sts", ""),
    "PUT 127.0.0.1:80/BatchPutMetrics": Route("sagemaker-metrics", "BatchPutMetrics"),
    "GET 127.0.0.1:80/b/k": Route("s3", "GetObject", None, "b", "k"),
}


@pytest.mark.parametrize("asked", ROUTES)
def test_a_request_finds_its_service(asked: str) -> None:
    method, _, url = asked.partition(" ")
    place, _, query = url.partition("?")
    host, _, path = place.partition("/")
    expected = ROUTES[asked]
    headers = {"host": host} | ({"x-amz-target": "SageMaker.Search"} if expected.service == "sagemaker" else {})
    assert route(Request(method, f"/{path}", query, headers)) == expected
    assert host.startswith("127.") or any(fnmatch(host, pattern) for pattern in HOSTS)


def test_a_copy_is_named_by_its_header() -> None:
    headers = {"host": "b.s3.amazonaws.com", "x-amz-copy-source": "/c/k"}
    assert route(Request("PUT", "/k", "", headers)).operation == "CopyObject"
    assert route(Request("PUT", "/k", "partNumber=1&uploadId=2", headers)).operation == "UploadPartCopy"


def test_its_parts_hosts_are_its_own() -> None:
    assert SagemakerEmulator(parts=()).hosts == HOSTS
    added = {"*.experiments.sagemaker.aws", "mlflow.sagemaker.*.app.aws"}
    assert set(SagemakerEmulator().hosts) == {*HOSTS, *added}


@pytest.mark.parametrize("host", ["iam.amazonaws.com", "runtime.sagemaker.us-east-1.amazonaws.com", "example.com"])
def test_other_hosts_are_not(host: str) -> None:
    assert not any(fnmatch(host, pattern) for pattern in SagemakerEmulator().hosts)
