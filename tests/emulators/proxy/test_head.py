from __future__ import annotations

import pytest

from tracklayer.emulators.proxy.head import Asked, BadRequest, understand


@pytest.mark.parametrize(
    ("wanted", "host"),
    [
        ("api.sagemaker.us-east-1.amazonaws.com:443", "api.sagemaker.us-east-1.amazonaws.com"),
        ("STS.Amazonaws.COM:443", "sts.amazonaws.com"),
        ("example.org", "example.org"),
        ("example.org.:443", "example.org"),
        ("my_bucket.s3.amazonaws.com:443", "my_bucket.s3.amazonaws.com"),
        ("169.254.169.254:80", "169.254.169.254"),
        ("[fd00:ec2::254]:80", "fd00:ec2::254"),
    ],
    ids=lambda text: text,
)
def test_a_tunnel_names_its_host(wanted: str, host: str) -> None:
    assert understand(f"CONNECT {wanted} HTTP/1.1\r\nHost: {wanted}\r\n\r\n".encode()) == Asked(host)


def test_a_plain_request_goes_on_as_the_server_of_the_host_takes_it() -> None:
    head = (
        b"PUT http://bucket.example.org:8080/a%20b/c?x=1&y=%2F HTTP/1.1\r\nhost: elsewhere.org\r\nX-One: 1\r\n"
        b"Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nConnection: keep-alive\r\n"
        b"Content-Length: 3\r\n\r\n"
    )
    assert understand(head) == Asked(
        "bucket.example.org",
        b"PUT /a%20b/c?x=1&y=%2F HTTP/1.1\r\nHost: bucket.example.org:8080\r\nConnection: close\r\n"
        b"X-One: 1\r\nContent-Length: 3\r\n\r\n",
    )


@pytest.mark.parametrize(
    ("url", "first", "host"),
    [
        ("http://example.org", b"GET / HTTP/1.1", b"Host: example.org"),
        ("HTTP://Example.org/", b"GET / HTTP/1.1", b"Host: Example.org"),
        ("http://example.org?a=b", b"GET /?a=b HTTP/1.1", b"Host: example.org"),
        ("http://ada:secret@example.org/x", b"GET /x HTTP/1.1", b"Host: example.org"),
        ("https://example.org/x#part", b"GET /x HTTP/1.1", b"Host: example.org"),
    ],
    ids=["bare", "capitals", "query", "user", "https"],
)
def test_the_address_of_a_plain_request(url: str, first: bytes, host: bytes) -> None:
    if "#" in url:
        with pytest.raises(BadRequest, match="this is a proxy"):
            understand(f"GET {url} HTTP/1.1\r\n\r\n".encode())
        return
    asked = understand(f"GET {url} HTTP/1.1\r\n\r\n".encode())
    assert asked.host == "example.org"
    assert asked.forward is not None
    assert asked.forward.split(b"\r\n")[:2] == [first, host]
    assert b"secret" not in asked.forward


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("GET /_health HTTP/1.1", "set it as HTTPS_PROXY"),
        ("GET ftp://example.org/x HTTP/1.1", "set it as HTTPS_PROXY"),
        ("CONNECT  HTTP/1.1", "names no host"),
        ("CONNECT :443 HTTP/1.1", "names no host"),
        ("CONNECT [::1 HTTP/1.1", "names no host"),
        ("CONNECT a..b:443 HTTP/1.1", "names no host"),
        ("CONNECT a/b:443 HTTP/1.1", "names no host"),
        (f"CONNECT {'a' * 64}.org:443 HTTP/1.1", "names no host"),
        ("GET http:///x HTTP/1.1", "names no host"),
        ("GET http://ex\xe4mple.org/x HTTP/1.1", "names no host"),
        ("CONNECT example.org:443", "no HTTP/1 request"),
        ("CONNECT example.org:443 HTTP/2", "no HTTP/1 request"),
        ("\x16\x03\x01\x02", "no HTTP/1 request"),
        ("", "no HTTP/1 request"),
    ],
    ids=range(14),
)
def test_what_is_no_request_to_a_proxy(line: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        understand(f"{line}\r\nHost: x\r\n\r\n".encode("latin-1"))
