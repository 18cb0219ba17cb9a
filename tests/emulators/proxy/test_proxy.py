"""What unmodified clients see of the proxy."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
import requests
import urllib3
from botocore.config import Config
from botocore.exceptions import ProxyConnectionError
from tests.emulators.proxy.origin import PATIENCE, Origin

from tracklayer.emulators.proxy import Proxy, Route
from tracklayer.errors import InvalidInput

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:root</Arn><UserId>AIDA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


@pytest.fixture
def session(led: Proxy) -> Iterator[requests.Session]:
    """requests, as a user has it, led by the environment."""
    assert os.environ["HTTPS_PROXY"] == led.url
    with requests.Session() as session:
        yield session


def test_requests_reaches_the_target_by_the_hosts_own_name(session: requests.Session, led: Proxy) -> None:
    seen = session.get("https://a.example.org/x/%2F?y=%20+", timeout=PATIENCE).json()
    assert (seen["path"], seen["headers"]["host"]) == ("/x/%2F?y=%20+", "a.example.org")
    assert "proxy-connection" not in seen["headers"]
    again = session.post("https://a.example.org/again", data=b"12345", timeout=PATIENCE).json()
    assert again["size"] == 5
    assert again["connection"] == seen["connection"], "kept alive"
    assert (led.asked, led.refused) == (["a.example.org"], [])


def test_a_plain_request_reaches_it_too(session: requests.Session, led: Proxy) -> None:
    for number in range(2):
        seen = session.put(f"http://b.example.org/x?n={number}", data=b"123", timeout=PATIENCE).json()
        assert (seen["path"], seen["headers"]["host"], seen["size"]) == (f"/x?n={number}", "b.example.org", 3)
    assert led.asked == ["b.example.org"] * 2


def test_a_large_upload_and_a_large_answer(origin: Origin, session: requests.Session) -> None:
    size = 50_000_000
    assert session.put("https://a.example.org/big", data=bytes(size), timeout=PATIENCE).json()["size"] == size
    parts = (bytes(1_000_000) for _ in range(3))
    chunked = session.put("https://a.example.org/x", data=parts, headers={"Connection": "close"}, timeout=PATIENCE)
    assert chunked.json()["headers"]["transfer-encoding"] == "chunked"
    origin.answers["/down"] = ("application/octet-stream", bytes(size))
    assert len(session.get("https://a.example.org/down", timeout=PATIENCE).content) == size


def test_a_host_that_is_not_emulated_is_refused_in_one_clear_line(
    session: requests.Session, led: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        with pytest.raises(requests.exceptions.ProxyError, match=r"403 pypi\.org is not emulated"):
            session.get("https://pypi.org/simple/", timeout=PATIENCE)
    plain = session.get("http://169.254.169.254/latest/meta-data/", timeout=PATIENCE)
    assert plain.status_code == 403
    assert plain.text == "tracklayer's proxy: 169.254.169.254 is not emulated here, and nothing was sent\n"
    assert led.refused == led.asked == ["pypi.org", "pypi.org", "169.254.169.254"]
    assert [line for line in caplog.messages if "not emulated" in line] == [
        "pypi.org is not emulated: refused",
        "169.254.169.254 is not emulated: refused",
    ]


def test_urllib3(led: Proxy) -> None:
    with urllib3.ProxyManager(led.url, ca_certs=led.ca) as pool:
        answer = pool.request("GET", "https://c.example.org/x", timeout=PATIENCE)
        assert answer.json()["headers"]["host"] == "c.example.org"
        with pytest.raises(urllib3.exceptions.MaxRetryError, match=r"403 other\.org is not emulated"):
            pool.request("GET", "https://other.org/", retries=0, timeout=PATIENCE)


def test_boto3(origin: Origin, led: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing said but what the environment says."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEMULATOR00000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake")
    origin.answers["/"] = ("text/xml", IDENTITY)
    assert led.refused == []
    with Proxy([Route(("sts.*.amazonaws.com",), origin.url)]) as proxy:
        for name, text in proxy.environment().items():
            monkeypatch.setenv(name, text)
        client = boto3.session.Session().client("sts", region_name="eu-west-1")
        assert client.get_caller_identity()["Account"] == "123456789012"
        client.close()
        other = boto3.session.Session().client(
            "s3", region_name="eu-west-1", config=Config(retries={"total_max_attempts": 1})
        )
        with pytest.raises(ProxyConnectionError):
            other.list_buckets()
        other.close()
    assert proxy.asked == ["sts.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]
    assert proxy.refused == ["s3.eu-west-1.amazonaws.com"]


def test_a_process_that_only_has_the_environment(led: Proxy) -> None:
    script = (
        "import json, urllib.request as u; print(json.load(u.urlopen('https://d.example.org/x'))['headers']['host'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "d.example.org\n"
    assert led.asked == ["d.example.org"]


def test_servers_of_this_machine_are_reached_beside_the_proxy(
    origin: Origin, session: requests.Session, led: Proxy
) -> None:
    assert session.get(f"{origin.url}/near", timeout=PATIENCE).json()["path"] == "/near"
    assert led.asked == []


def test_the_environment_names_the_proxy_and_the_ca(proxy: Proxy) -> None:
    assert proxy.environment() == {
        **dict.fromkeys(
            ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "grpc_proxy"],
            proxy.url,
        ),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **dict.fromkeys(
            [
                "AWS_CA_BUNDLE",
                "REQUESTS_CA_BUNDLE",
                "SSL_CERT_FILE",
                "CURL_CA_BUNDLE",
                "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
                "NODE_EXTRA_CA_CERTS",
                "HTTPLIB2_CA_CERTS",
            ],
            proxy.ca,
        ),
    }
    assert stat.S_IMODE(Path(proxy.ca).stat().st_mode) == 0o600


def test_the_file_of_the_ca_is_there_as_long_as_the_proxy(origin: Origin) -> None:
    with Proxy([origin]) as proxy:
        file = Path(proxy.ca)
        assert file.is_file()
    assert not file.parent.exists()


def test_it_listens_on_loopback_only(proxy: Proxy) -> None:
    place = urlsplit(proxy.url)
    assert place.hostname == "127.0.0.1"
    with socket.socket() as other:  # the port is free on the machine's other addresses
        other.bind(("127.0.0.2", int(place.port or 0)))


def test_a_port_of_ones_own(origin: Origin) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Proxy([origin], port=port) as proxy:
        assert proxy.url == f"http://127.0.0.1:{port}"
        with pytest.raises(InvalidInput, match=f"cannot listen on port {port}: Address already in use"):
            Proxy([origin], port=port).start()


def test_a_target_that_was_started_anew_is_found(session: requests.Session, led: Proxy, origin: Origin) -> None:
    assert session.get("https://a.example.org/", timeout=PATIENCE).ok
    with Origin() as other:
        origin.url = other.url
        answer = session.get("https://b.example.org/", timeout=PATIENCE)
        assert answer.ok
    assert led.asked == ["a.example.org", "b.example.org"]
