"""The HTTP client, against a server that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from requests.auth import AuthBase

from tracklayer.drivers.google import Rest
from tracklayer.errors import InvalidInput, ProviderError, RateLimited, Timeout, Unavailable

SECRET = "ya29.hunter2-is-secret"


class Signing(AuthBase):
    """Counts what it signs."""

    def __init__(self) -> None:
        self.signed = 0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self.signed += 1
        request.headers["Authorization"] = f"Bearer {SECRET}"
        return request


class Service(ThreadingHTTPServer):
    """Gives `answer` = (status, headers, body); keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, dict[str, str], bytes] = (200, {}, b"{}")
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.hold = threading.Event()
        self.hold.set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        self.server.hold.wait(timeout=30)
        status, headers, content = self.server.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 -- names of the base class

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.hold.set()
        running.shutdown()
        thread.join()


def rest(service: Service, **given: Any) -> Rest:
    return Rest(service.base, Signing(), provider="vertex", **given)


def test_a_call_is_json_both_ways(service: Service) -> None:
    service.answer = (200, {}, '{"a": "ü", "n": 1.5}'.encode())
    body = {"x": "é🚀", "n": 1e22}
    query: dict[str, str | int] = {"filter": 'a="b c"', "pageSize": 3}
    assert rest(service).call("POST", "p/1/x:write", operation="Write", query=query, body=body) == {"a": "ü", "n": 1.5}
    method, path, headers, sent = service.asked[0]
    assert (method, path) == ("POST", "/v1/p/1/x:write?filter=a%3D%22b+c%22&pageSize=3")
    assert json.loads(sent) == body
    assert headers["Content-Type"] == "application/json"


def test_every_attempt_is_signed_anew(service: Service) -> None:
    signing = Signing()
    one = Rest(service.base, signing, provider="vertex")
    for _ in range(3):
        one.call("GET", "x", operation="Get")
    assert signing.signed == 3
    one.close()
    one.call("GET", "x", operation="Get")
    assert signing.signed == 4


def test_a_number_that_json_does_not_have_is_never_sent(service: Service) -> None:
    with pytest.raises(InvalidInput, match="JSON"):
        rest(service).call("POST", "x", operation="Write", body={"a": float("nan")})
    assert service.asked == []


def test_a_redirect_is_not_followed_and_takes_no_token_along(service: Service) -> None:
    service.answer = (302, {"Location": "https://elsewhere.example/x?token=1"}, b"")
    with pytest.raises(Unavailable, match=r"https://elsewhere\.example/x ") as caught:
        rest(service).call("GET", "x", operation="Get")
    assert "token" not in str(caught.value)
    assert not caught.value.retryable
    assert len(service.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"no json", b"\xff"])
def test_what_answers_and_is_not_the_service_is_said(service: Service, body: bytes) -> None:
    service.answer = (200, {}, body)
    with pytest.raises(Unavailable, match="is Google's service there"):
        rest(service).call("GET", "x", operation="Get")


def test_an_empty_answer_is_an_empty_object(service: Service) -> None:
    service.answer = (200, {}, b"")
    assert rest(service).call("DELETE", "x", operation="Delete") == {}


def test_nobody_waits_for_ever_for_an_answer(service: Service) -> None:
    service.hold.clear()
    with pytest.raises(Timeout) as caught:
        rest(service, timeout=(1.0, 0.05)).call("GET", "x", operation="Get")
    assert caught.value.retryable


def test_a_pause_that_is_asked_for_comes_along(service: Service) -> None:
    service.answer = (429, {"Retry-After": "3"}, b'{"error": {"status": "RESOURCE_EXHAUSTED", "message": "slow"}}')
    with pytest.raises(RateLimited) as caught:
        rest(service).call("GET", "x", operation="Get")
    assert caught.value.retry_after == 3.0


def test_where_nobody_listens_it_says_so(service: Service) -> None:
    one = Rest("http://127.0.0.1:1/v1", Signing(), provider="vertex")
    with pytest.raises(Unavailable, match="cannot connect") as caught:
        one.call("GET", "x", operation="Get")
    assert caught.value.retryable
    assert service.asked == []


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_no_error_holds_the_token(service: Service, status: int) -> None:
    service.answer = (status, {}, b'{"error": {"status": "X", "message": "no"}}')
    with pytest.raises(ProviderError) as caught:
        rest(service).call("GET", "x", operation="Get")
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"


def test_each_thread_has_a_session_of_its_own(service: Service) -> None:
    one = rest(service)
    sessions: set[int] = set()
    barrier = threading.Barrier(3)

    def call() -> None:
        one.call("GET", "x", operation="Get")
        barrier.wait(timeout=30)
        sessions.add(id(one._sessions.mine()))
        barrier.wait(timeout=30)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sessions) == 3
