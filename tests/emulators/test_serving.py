from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tracklayer.emulators.serving import Disconnected, Request, Response, Server


@contextmanager
def serving(answer: Callable[[Request], Response]) -> Iterator[tuple[str, int]]:
    server = Server(answer)
    server.start()
    place = urlsplit(server.url)
    yield str(place.hostname), int(place.port or 0)
    server.stop()


def said(place: tuple[str, int], data: bytes) -> bytes:
    """All that comes back for some bytes; the writing end is closed behind them."""
    with socket.create_connection(place, timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_request_comes_whole_and_as_it_was_sent() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(201, b"made", {"X-A": "b"})

    with serving(answer) as place:
        connection = http.client.HTTPConnection(*place, timeout=10)
        for _ in range(2):
            connection.request("PUT", "/a%20b//c?x=%2F&y", b"body", {"X-Up": "1", "Host": "Real.Host:443"})
            got = connection.getresponse()
            assert (got.status, got.read(), got.headers["x-a"], got.headers["server"]) == (
                201,
                b"made",
                "b",
                "tracklayer-emulator",
            )
        connection.close()
    assert (seen[0].method, seen[0].path, seen[0].query, seen[0].body) == ("PUT", "/a%20b//c", "x=%2F&y", b"body")
    assert (seen[0].headers["x-up"], seen[0].host, len(seen)) == ("1", "real.host", 2)


def test_chunks_are_put_together_and_headers_joined() -> None:
    with serving(lambda request: Response(200, request.body + request.headers["x-a"].encode())) as place:
        head = (
            b"PUT /x HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        assert said(place, head + b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n").endswith(b"\r\n\r\nabcde1,2")


def test_the_body_is_asked_for_at_once() -> None:
    with (
        serving(lambda request: Response(200, request.body)) as place,
        socket.create_connection(place, timeout=10) as client,
    ):
        client.sendall(b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(1024).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"abc")
        assert client.recv(1024).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "rest",
    [b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", b"Content-Length: x\r\n\r\n"],
    ids=["short", "chunk", "nonsense"],
)
def test_a_client_that_goes_away_is_forgotten(rest: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response(200)

    with serving(answer) as place:
        assert said(place, b"PUT /x HTTP/1.1\r\nHost: h\r\n" + rest) == b""
    assert (asked, capfd.readouterr().err) == ([], "")


def test_a_head_says_the_length_and_sends_nothing() -> None:
    with serving(lambda _: Response(200, b"", {"content-length": "42"})) as place:
        got = said(place, b"HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 42\r\n" in got
    assert got.endswith(b"\r\n\r\n")
    with serving(lambda _: Response(204)) as place:
        assert b"Content-Length" not in said(place, b"DELETE /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_may_end_without_an_answer(*, reset: bool) -> None:
    def answer(_request: Request) -> Response:
        raise Disconnected(reset=reset)

    with serving(answer) as place, socket.create_connection(place, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        if reset:
            with pytest.raises(ConnectionResetError):
                client.recv(1024)
        else:
            assert client.recv(1024) == b""


def test_nothing_but_loopback_listens() -> None:
    with serving(lambda _: Response(200)) as place:
        assert place[0] == "127.0.0.1"
        server = Server(lambda _: Response(200), port=0)
        assert server._server.socket.getsockname()[0] == "127.0.0.1"
        server._server.server_close()
