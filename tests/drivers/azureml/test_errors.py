from __future__ import annotations

import json
from typing import Any

import pytest

from tracklayer.drivers.azureml.errors import failure
from tracklayer.drivers.mlflow.errors import ONCE
from tracklayer.errors import (
    AlreadyExists,
    NotFound,
    PermissionDenied,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthenticated,
)
from tracklayer.spi import translating

#: As users have seen it: QwenLM/Qwen3#113.
SIZE = (
    "A field of the entity is over the size limit. FieldName={}. See https://aka.ms/azure-machine-learning-limits for"
)
TRACKER: dict[str, Any] = {
    "Correlation": {"operation": "1", "request": "2"},
    "Environment": "centralus",
    "ComponentName": "mlflow",
    "statusCode": 400,
}


def tracker(code: str, message: str) -> bytes:
    inner: dict[str, Any] = {
        "Code": "ValidationError",
        "Severity": None,
        "Message": message,
        "Details": [],
        "InnerError": None,
    }
    return json.dumps({"Error": inner, **TRACKER, "error_code": code}).encode()


def service(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message}, "correlation": {}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "shown"),
    [
        (
            400,
            tracker("INVALID_PARAMETER_VALUE", SIZE.format("Parameters, Limit=200, Size=207")),
            Rejected,
            "Parameters is over its limit: 207, where the service takes 200 (400 INVALID_PARAMETER_VALUE)",
        ),
        (
            400,
            tracker("INVALID_PARAMETER_VALUE", SIZE.format("MetricV2Dto.Value/Count, Limit=250, Size=699")),
            Rejected,
            "MetricV2Dto.Value/Count is over its limit: 699, where the service takes 250 (400 INVALID_PARAMETER_VALUE)",
        ),
        (
            400,
            tracker("RESOURCE_ALREADY_EXISTS", "Experiment(name=x) already exists."),
            AlreadyExists,
            "Experiment(name=x) already exists. (400 RESOURCE_ALREADY_EXISTS)",
        ),
        (404, tracker("RESOURCE_DOES_NOT_EXIST", "No run."), NotFound, "No run. (404 RESOURCE_DOES_NOT_EXIST)"),
        (
            401,
            service("UserError", "Bearer token not provided."),
            Unauthenticated,
            "Bearer token not provided. (401 UserError)",
        ),
        (
            403,
            service("AuthorizationFailed", "The client has no right to read it."),
            PermissionDenied,
            "The client has no right to read it. (403 AuthorizationFailed)",
        ),
        (404, b"", NotFound, "Not Found (404)"),
        (
            400,
            json.dumps(
                {"error_code": "X", "message": f"Response: {{'Message': '{SIZE.format('A, Limit=5')}'}}"}
            ).encode(),
            Rejected,
            "A is over its limit: the service takes 5 (400 X)",
        ),
        (502, b"<html>Bad Gateway</html>", ProviderError, "Bad Gateway"),
    ],
)
def test_each_shape_is_one_clear_line(status: int, body: bytes, kind: type[ProviderError], shown: str) -> None:
    with pytest.raises(kind) as caught, translating(ONCE, provider="azureml", operation="x"):
        raise failure(status, {}, body)
    assert caught.value.message.startswith(shown)
    assert "\n" not in str(caught.value)


def test_the_pause_that_the_service_asks_for_is_kept() -> None:
    with pytest.raises(RateLimited) as caught, translating(ONCE, provider="azureml", operation="x"):
        raise failure(429, {"Retry-After": "3"}, service("TooManyRequests", "throttled"))
    assert caught.value.retry_after == 3
