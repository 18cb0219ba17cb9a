from __future__ import annotations

import threading
from io import BytesIO

import pytest
import requests

from tracklayer.drivers.oracle import Login, OciSignature, Oracle
from tracklayer.emulators.oci import HOME, OciEmulator
from tracklayer.errors import Unauthenticated


@pytest.fixture
def signature(oracle: Oracle) -> OciSignature:
    return OciSignature(oracle.identity, provider="oci")


def prepared(method: str, url: str, signature: OciSignature, **more: object) -> requests.PreparedRequest:
    return requests.Request(method, url, auth=signature, **more).prepare()


@pytest.mark.parametrize("name", ["a", "a b+c", "é/日本", "%41", "a#b?c&d=e", "~*'()!"], ids=ascii)
def test_the_service_verifies_what_was_signed(emulator: OciEmulator, signature: OciSignature, name: str) -> None:
    answer = requests.get(
        f"{emulator.url}/n/{HOME.namespace}/b", params={"compartmentId": name}, auth=signature, timeout=60
    )
    assert answer.status_code == 200, answer.text


def test_a_body_is_part_of_it_be_it_bytes_or_a_stream(signature: OciSignature) -> None:
    url = "http://127.0.0.1/x"
    whole, read = prepared("POST", url, signature, data=b"abc"), prepared("PUT", url, signature, data=BytesIO(b"abc"))
    assert whole.headers["x-content-sha256"] == read.headers["x-content-sha256"]
    assert 'headers="date (request-target) host content-length content-type x-content-sha256"' in str(
        whole.headers["authorization"]
    )
    assert read.body.read() == b"abc"  # type: ignore[union-attr]
    assert "x-content-sha256" not in prepared("GET", url, signature).headers


def test_a_stream_that_is_read_only_once_is_refused(signature: OciSignature) -> None:
    with pytest.raises(TypeError, match="a stream that can be read only once cannot be signed"):
        prepared("PUT", "http://127.0.0.1/x", signature, data=iter([b"abc"]))


def test_nothing_of_a_key_is_shown(signature: OciSignature) -> None:
    assert repr(signature) == "OciSignature(***)"


def test_each_attempt_is_signed_anew(signature: OciSignature) -> None:
    """A prepared request that is prepared again has a date and a signature of its own."""
    request = requests.Request("GET", "http://127.0.0.1/x", auth=signature)
    first, second = request.prepare(), request.prepare()
    assert first.headers["date"]
    assert first.headers is not second.headers
    assert "authorization" not in request.headers


def test_without_credentials_nothing_is_sent(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", f"{tmp_path}/none")
    signature = OciSignature(Oracle(Login.read()).identity, provider="oci")
    with pytest.raises(Unauthenticated, match="oci: sign: Could not find config file at "):
        requests.get(f"{emulator.url}/n", auth=signature, timeout=60)
    assert emulator.calls.all() == []


def test_threads_share_one_identity(emulator: OciEmulator, signature: OciSignature) -> None:
    statuses: list[int] = []

    def ask() -> None:
        answers = [requests.get(f"{emulator.url}/n", auth=signature, timeout=60) for _ in range(5)]
        statuses.extend(answer.status_code for answer in answers)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20
