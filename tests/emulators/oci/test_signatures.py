"""Who gets in: only who signed this very request, just now, with a key that is known."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import requests
from tests.emulators.oci.asking import SDK, Change, Cloud, prefix

from tracklayer.emulators.oci import BUCKET, HOME

SEARCH = prefix() + "runs/search?a=b%20c&d=%2B"
OBJECT = f"/n/{HOME.namespace}/b/{BUCKET}/o/a%2Fb%20c"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_the_sdk_signs_gets_in(cloud: Cloud, method: str) -> None:
    answer = cloud.ask(method, SEARCH, json={"filter": ""} if method == "POST" else None)
    assert answer.status_code == 200
    assert cloud.behind.seen[0].query == "a=b%20c&d=%2B"


@pytest.mark.parametrize("host", ["aidp.us-ashburn-1.oci.oraclecloud.com", "datalake.us-ashburn-1.oci.oraclecloud.com"])
def test_the_host_is_signed_too(cloud: Cloud, host: str) -> None:
    assert cloud.ask("POST", SEARCH, host=host, json={}).status_code == 200
    assert cloud.emulator.calls.all()[-1].host == host
    elsewhere = cloud.refusal(
        "POST", SEARCH, host=host, json={}, after=_header("host", "aidp.eu-1.oci.oraclecloud.com")
    )
    assert elsewhere == (401, "NotAuthenticated", "Failed to verify the HTTP(S) Signature")


def _header(name: str, value: str) -> Change:
    return lambda request: request.headers.update({name: value})


def _without(name: str) -> Change:
    def change(request: requests.PreparedRequest) -> None:
        del request.headers[name]

    return change


def _authorization(pattern: str, text: str) -> Change:
    def change(request: requests.PreparedRequest) -> None:
        request.headers["authorization"] = re.sub(pattern, text, str(request.headers["authorization"]))

    return change


def _body(request: requests.PreparedRequest) -> None:
    """Of the same length."""
    request.body = b'{"b": 2}'


def _path(request: requests.PreparedRequest) -> None:
    assert request.url is not None
    request.url = request.url.replace("runs/search", "runs/create")


def _query(request: requests.PreparedRequest) -> None:
    assert request.url is not None
    request.url = request.url.replace("d=%2B", "d=+")


UNSIGNED = "The required information to complete authentication was not provided."
WRONG = "The required information to complete authentication was not provided or was incorrect."
FORGED = "Failed to verify the HTTP(S) Signature"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_without("authorization"), UNSIGNED, id="unsigned"),
        pytest.param(_header("authorization", "Bearer x"), UNSIGNED, id="bearer"),
        pytest.param(_body, "The computed SHA256 of the request body", id="tampered-body"),
        pytest.param(_path, FORGED, id="other-path"),
        pytest.param(_query, FORGED, id="other-query"),
        pytest.param(_header("content-type", "text/plain"), FORGED, id="other-type"),
        pytest.param(_without("date"), WRONG, id="no-date"),
        pytest.param(_header("date", "yesterday"), WRONG, id="no-moment"),
        pytest.param(_authorization(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", ":".join(["00"] * 16)), WRONG, id="fingerprint"),
        pytest.param(_authorization(r"ocid1\.user[^/]+", "ocid1.user.oc1..else"), WRONG, id="user"),
        pytest.param(_authorization(r'signature="[^"]*"', 'signature="AAAA"'), FORGED, id="other-signature"),
        pytest.param(_authorization(r'signature="[^"]*"', 'signature="%"'), WRONG, id="no-base64"),
        pytest.param(_authorization(r'version="1"', 'version="2"'), WRONG, id="version"),
        pytest.param(_authorization("rsa-sha256", "hmac-sha256"), WRONG, id="algorithm"),
        pytest.param(
            _authorization(" x-content-sha256", ""), "Not all required headers are signed", id="body-unsigned"
        ),
        pytest.param(
            _authorization(r"date \(request-target\)", "date"), "Not all required headers", id="target-unsigned"
        ),
        pytest.param(_authorization(r" host ", " "), "Not all required headers are signed", id="host-unsigned"),
        pytest.param(_authorization(r"date ", ""), "Not all required headers are signed", id="date-unsigned"),
    ],
)
def test_what_is_not_signed_as_it_was_sent_is_refused(cloud: Cloud, change: Change, message: str) -> None:
    status, code, said = cloud.refusal("POST", SEARCH, json={"a": 1}, after=change)
    assert (status, code, said[: len(message)]) == (401, "NotAuthenticated", message)
    assert cloud.behind.seen == []


@pytest.mark.parametrize(("off", "status"), [(-295, 200), (295, 200), (-306, 401), (306, 401)])
def test_clocks_may_be_five_minutes_apart(cloud: Cloud, off: float, status: int) -> None:
    answer = cloud.ask("POST", SEARCH, json={}, date=time.time() + off)
    assert answer.status_code == status
    told = r"Date '.* UTC' is not within allowed clock skew. Current '.* UTC', valid datetime range: \['.* UTC', '.*'\]"
    assert status == 200 or re.fullmatch(told, answer.json()["message"])


def test_the_services_clock_can_be_off(cloud: Cloud) -> None:
    cloud.emulator.tune(skew=3600)
    assert cloud.ask("POST", SEARCH, json={}).status_code == 401
    assert cloud.ask("POST", SEARCH, json={}, date=time.time() + 3600).status_code == 200


def test_x_date_stands_for_the_date(cloud: Cloud) -> None:
    config = cloud.config()
    signer = SDK.signer.Signer.from_config(config)
    signer.create_signers(signer.api_key, signer.private_key, ["x-date", "(request-target)", "host"], [])
    now = {"x-date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())}
    assert cloud.ask("GET", "/n", sign=signer, headers=now).json() == HOME.namespace
    old = {"x-date": "Sun, 11 Mar 2018 16:32:46 GMT"}
    assert "Date 'Sun, 11 Mar 2018 16:32:46 UTC'" in cloud.refusal("GET", "/n", sign=signer, headers=old)[2]


def test_the_body_of_an_object_need_not_be_signed(cloud: Cloud) -> None:
    short = cloud.signer().without_content_headers
    assert cloud.ask("PUT", OBJECT, data=b"x", sign=short).status_code == 200
    assert cloud.object("a/b c") == b"x"
    assert cloud.ask("PUT", OBJECT, data=b"y").status_code == 200, "but may be"
    assert cloud.refusal("PUT", OBJECT, data=b'{"a": 1}', after=_body)[0] == 401
    upload = f"/n/{HOME.namespace}/b/{BUCKET}/u"
    assert cloud.ask("POST", upload, json={"object": "a"}).status_code == 200
    assert cloud.refusal("POST", upload, json={"object": "a"}, sign=short)[0] == 401
    assert cloud.refusal("POST", SEARCH, json={}, sign=short)[0] == 401


@pytest.mark.parametrize("path", [SEARCH, "/api/2.0/mlflow/runs/search", "/a/prefix/api/2.0/mlflow/runs/search"])
def test_signatures_may_be_left_out_where_the_knob_says_so(cloud: Cloud, path: str) -> None:
    unsigned: Any = _without("authorization")
    assert cloud.ask("POST", path, json={}, after=unsigned).status_code == 401
    cloud.emulator.tune(signatures=False)
    assert cloud.ask("POST", path, json={}, after=unsigned).status_code == 200
