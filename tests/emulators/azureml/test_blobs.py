"""Blob Storage: Azurite checks what the history service signed, be it tampered with, too old or for something else."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.emulators.azureml.asking import Azure

STORE = "https://storage.azure.com"


@pytest.fixture(scope="module")
def home(running: Azure) -> tuple[str, str]:
    return running.run()


def written(azure: Azure, home: tuple[str, str], name: str, data: bytes = b"text") -> str:
    (place,) = azure.registered(*home, name)
    assert azure.blob(place, "PUT", data).status_code == 201
    return place


def readable(azure: Azure, home: tuple[str, str], name: str) -> str:
    answer = azure.history(*home, "artifacts/contentinfo", params={"path": name})
    return str(answer.json()["contentUri"])


def refused(azure: Azure, url: str, method: str = "GET", data: bytes | None = None) -> tuple[int, str]:
    answer = azure.blob(url, method, data)
    return answer.status_code, answer.headers.get("x-ms-error-code", "")


def test_a_file_is_read_whole_and_in_parts_and_its_size_is_told(azure: Azure, home: tuple[str, str]) -> None:
    written(azure, home, "whole", b"0123456789")
    place = readable(azure, home, "whole")
    assert azure.blob(place).content == b"0123456789"
    part = azure.blob(place, x_ms_range="bytes=2-4")
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert azure.blob(place, "HEAD").headers["Content-Length"] == "10"


def test_a_file_is_written_in_blocks_and_again(azure: Azure, home: tuple[str, str]) -> None:
    (place,) = azure.registered(*home, "blocks")
    names = [base64.b64encode(f"block{number}".encode()).decode() for number in range(3)]
    for number, name in enumerate(names):
        assert azure.blob(f"{place}&comp=block&blockid={name}", "PUT", str(number).encode() * 1000).status_code == 201
    order = "".join(f"<Latest>{name}</Latest>" for name in names)
    whole = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{order}</BlockList>'.encode()
    assert azure.blob(f"{place}&comp=blocklist", "PUT", whole).status_code == 201
    assert azure.blob(readable(azure, home, "blocks")).content == b"0" * 1000 + b"1" * 1000 + b"2" * 1000
    assert azure.blob(place, "PUT", b"again").status_code == 201
    assert azure.blob(readable(azure, home, "blocks")).content == b"again"
    calls = azure.emulator.calls.counts()
    assert calls["blob.PutBlock"] >= 3
    assert calls["blob.PutBlockList"] >= 1


def test_whether_it_may_be_written_again_is_a_knob(azure: Azure, home: tuple[str, str]) -> None:
    azure.emulator.tune(overwriting="refused")
    place = written(azure, home, "once")
    assert refused(azure, place, "PUT", b"again")[0] == 403
    assert azure.blob(readable(azure, home, "once")).content == b"text"


def test_a_signature_that_was_tampered_with(azure: Azure, home: tuple[str, str]) -> None:
    place = written(azure, home, "mine")
    written(azure, home, "other")
    other = urlsplit(place)._replace(path=urlsplit(place).path.replace("mine", "other")).geturl()
    until = parse_qs(urlsplit(place).query)["se"][0][:4]
    for url in (other, place.replace(f"se={until}", f"se={int(until) + 1}"), place.replace("sp=rcw", "sp=racwd")):
        assert url != place
        assert refused(azure, url) == (403, "AuthorizationFailure")
    assert refused(azure, place.partition("?")[0])[0] in {403, 404}


def test_a_signature_that_is_too_old(azure: Azure, home: tuple[str, str]) -> None:
    written(azure, home, "old")
    azure.emulator.tune(sas_lifetime=-1)
    assert refused(azure, readable(azure, home, "old"))[0] == 403


def test_a_signature_for_reading_does_not_write(azure: Azure, home: tuple[str, str]) -> None:
    written(azure, home, "read only")
    place = readable(azure, home, "read only")
    assert refused(azure, place, "PUT", b"again")[0] == 403
    assert refused(azure, place, "DELETE")[0] == 403
    assert azure.blob(place).content == b"text"


def test_a_bearer_token_opens_a_storage_account(azure: Azure) -> None:
    token = azure.emulator.identity.token(STORE)
    host, headers = "blobstore.blob.core.windows.net", {"x-ms-version": "2024-11-04", "x-ms-blob-type": "BlockBlob"}
    made = azure.ask(host, "/kept?restype=container", method="PUT", token=token, headers=headers)
    assert made.status_code in {201, 409}
    assert azure.ask(host, "/kept/a/b", method="PUT", token=token, headers=headers, data=b"x").status_code == 201
    assert azure.ask(host, "/kept/a/b", token=token, headers=headers).content == b"x"
    listed = azure.ask(host, "/kept?restype=container&comp=list", token=token, headers=headers)
    assert b"<Name>a/b</Name>" in listed.content
    nobodys = azure.ask("nobodys.blob.core.windows.net", "/kept/a", token=token, headers=headers)
    assert (nobodys.status_code, nobodys.headers["x-ms-error-code"]) == (404, "ResourceNotFound")
