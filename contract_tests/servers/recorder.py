"""A loopback reverse proxy before a test server: logs every request, demands credentials, and injects faults.

::

    with Recorder(mlflow_server.url) as recorder:
        driver = open_driver(f"mlflow+{recorder.url}")
        ...
        assert [seen.path for seen in recorder.seen] == ["/api/2.0/mlflow/runs/search"]

        recorder.inject("POST", "runs/create", Answer(429, headers={"Retry-After": "2"}))   # once
        recorder.inject("POST", "log-batch", Lose(), times=3)     # the server does it, its answer is lost
        recorder.inject("POST", "runs/search", Before(add_a_run)) # `add_a_run()` runs first, then the request goes on
        recorder.disturb(lambda method, path: Drop() if random() < 0.3 else None)     # each request, as it comes
        recorder.demand("Basic YWRhOnB3")                         # 401 for every other Authorization

* A fault hits requests of that method whose path ends with the given text; those asked for earlier come first.
* Bodies are held whole in memory: it is for small ones.
"""

from __future__ import annotations

import http.client
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from typing_extensions import Self

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host", "server", "date"})


@dataclass(frozen=True)
class Seen:
    """One request. `path` is as it was sent, percent-encoded, without the query.

    * `status`: 0 where none was given. * `connection`: requests with the same one came over the same connection.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    connection: int


@dataclass(frozen=True)
class Answer:
    """Answer at once; the server is not asked."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """Close the connection without an answer; the server is not asked."""


@dataclass(frozen=True)
class Lose:
    """Let the server do it, then close the connection instead of answering."""


@dataclass(frozen=True)
class Cut:
    """Send the head of the server's answer and its first `after` bytes, then close the connection."""

    after: int


@dataclass(frozen=True)
class Hang:
    """Answer nothing until the recorder is closed."""


@dataclass(frozen=True)
class Before:
    """Do something, then pass the request on."""

    do: Callable[[], object]


Fault = Answer | Drop | Lose | Cut | Hang | Before


class Recorder:
    """The proxy, serving while it is entered. `seen` holds the requests in the order they were answered."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.seen: list[Seen] = []
        self._faults: list[tuple[str, str, Fault]] = []
        self._authorization: str | None = None
        self._disturb: Callable[[str, str], Fault | None] = lambda _method, _path: None
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def tracklayer_url(self) -> str:
        return f"mlflow+{self.url}"

    def inject(self, method: str, path_end: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next `times` such requests meet `fault`."""
        with self._lock:
            self._faults += [(method, path_end, fault)] * times

    def disturb(self, choose: Callable[[str, str], Fault | None] | None) -> None:
        """Let each request meet the fault that is chosen for it (method, path); None disturbs nothing."""
        self._disturb = choose or (lambda _method, _path: None)

    def direct(self, upstream: str) -> None:
        """From now on, let another server answer."""
        self.upstream = urlsplit(upstream)

    def demand(self, authorization: str | None) -> None:
        """Answer 401 to a request without this Authorization header; None demands nothing."""
        self._authorization = authorization

    def calls(self) -> list[tuple[str, str]]:
        """(method, path) of every request."""
        return [(seen.method, seen.path) for seen in self.seen]

    def clear(self) -> None:
        """Forget what was seen."""
        with self._lock:
            self.seen.clear()

    def note(self, seen: Seen) -> None:
        with self._lock:
            self.seen.append(seen)

    def fault_for(self, method: str, path: str, authorization: str | None) -> Fault | None:
        if self._authorization is not None and authorization != self._authorization:
            return Answer(401, b"You are not authenticated.", {"WWW-Authenticate": 'Basic realm="mlflow"'})
        with self._lock:
            for place, (wanted, end, fault) in enumerate(self._faults):
                if method == wanted and path.endswith(end):
                    del self._faults[place]
                    return fault
        return self._disturb(method, path)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection open longer than the recorder lives
    request_queue_size = 128

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that did not wait for its answer."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as it came


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_any(self) -> None:
        recorder = self.server.recorder
        path, _, query = self.path.partition("?")
        body = self._body()
        fault = recorder.fault_for(self.command, path, self.headers.get("Authorization"))
        if isinstance(fault, Before):
            fault.do()
        if isinstance(fault, Hang):
            recorder.closing.wait()
        answer = None if isinstance(fault, Drop | Hang) else fault if isinstance(fault, Answer) else self._forward(body)
        cut = fault if isinstance(fault, Cut) else None
        status = 0 if answer is None or isinstance(fault, Lose) else answer.status
        recorder.note(Seen(self.command, path, query, dict(self.headers), body, status, self.client_address[1]))
        if answer is None or status == 0:
            self.close_connection = True
        else:
            self._send(answer, cut)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any  # noqa: N815 -- http.server's names

    def handle_expect_100(self) -> bool:
        """Let the client go on at once: what is written here is buffered."""
        told = super().handle_expect_100()
        self.wfile.flush()
        return told

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _forward(self, body: bytes) -> Answer:
        place = self.server.recorder.upstream
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        # A connection a request: a kept one may be closed by the server while it idles, and nothing here may ask twice.
        upstream = http.client.HTTPConnection(str(place.hostname), place.port, timeout=120)
        try:
            upstream.request(self.command, place.path + self.path, body, headers)
            answer = upstream.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
            if self.command == "HEAD":  # of a body that is not sent
                kept["Content-Length"] = answer.getheader("Content-Length", "0")
            return Answer(answer.status, answer.read(), kept)
        finally:
            upstream.close()

    def _send(self, answer: Answer, cut: Cut | None) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if cut is None else answer.body[: cut.after])
        self.wfile.flush()
        if cut is not None:
            self.close_connection = True

    def finish(self) -> None:
        with suppress(OSError):  # the client has gone
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `seen` is the log."""
