"""The HTTP server of an emulator: whole requests in, whole answers out, on loopback only.

* One thread a connection; HTTP/1.1 with keep-alive, `Expect: 100-continue`, chunked bodies, no Nagle delay.
* A path stays as it was sent: signatures are made over it.
* Bodies are held whole in memory.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"})


@dataclass(frozen=True)
class Request:
    """A request. `path` and `query`: percent-encoded as they came. `headers`: names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def host(self) -> str:
        """The host it was sent to, in lower case and without a port."""
        return self.headers.get("host", "").partition(":")[0].lower()


@dataclass(frozen=True)
class Response:
    """An answer. `code`: the error code it carries, for the log."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


class Disconnected(Exception):
    """Raised instead of answering: end the connection; by a reset if that is said."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__("the connection is to end")
        self.reset = reset


class Server:
    """Serves `answer` on `url` from `start()` to `stop()`. `port=0` takes a free one."""

    def __init__(self, answer: Callable[[Request], Response], port: int = 0) -> None:
        self._server = _Server(answer, port)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serve from now on, in threads that end with the process."""
        name = f"emulator {self.url}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=name, daemon=True
        ).start()

    def stop(self) -> None:
        """Take no more connections, and end those that are open."""
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection open longer than the server lives
    request_queue_size = 128

    def __init__(self, answer: Callable[[Request], Response], port: int) -> None:
        self.answer = answer
        self.resetting: set[socket.socket] = set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking who 127.0.0.1 is: that would be a question to the network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def shutdown_request(self, request: Any) -> None:
        """End a connection: in order, or by a reset, which is a close with no time to linger and no farewell."""
        if request in self.resetting:
            self.resetting.discard(request)
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that did not wait for its answer."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as it came


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "tracklayer-emulator"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def version_string(self) -> str:
        """The Server header, without Python's version."""
        return self.server_version

    def handle_any(self) -> None:
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known},{value}"
        try:
            answer = self.server.answer(Request(self.command, path, query, headers, self._body()))
        except Disconnected as order:
            if order.reset:
                self.server.resetting.add(self.connection)
            self.close_connection = True
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = handle_any  # noqa: N815 -- http.server's

    def handle_expect_100(self) -> bool:
        """Ask for the body at once: the client waits for that."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _body(self) -> bytes:
        """The whole body. Raises `Disconnected` when the client has gone before its end, or speaks no HTTP."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self._exactly(self.headers.get("Content-Length") or "0", 10)
        parts = []
        while part := self._exactly(self.rfile.readline().split(b";")[0].decode("latin-1"), 16):
            parts.append(part)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(parts)

    def _exactly(self, size: str, base: int) -> bytes:
        try:
            number = int(size, base)
        except ValueError:
            raise Disconnected from None
        data = self.rfile.read(number)
        if len(data) < number:
            raise Disconnected
        return data

    def _send(self, answer: Response) -> None:
        self.send_response(answer.status)
        length = str(len(answer.body))
        for name, value in answer.headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
            elif name.lower() == "content-length" and self.command == "HEAD":
                length = value
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def finish(self) -> None:
        self.server.closed(self.connection)
        with suppress(OSError):  # the client has gone
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the emulator's `calls` are the log."""
