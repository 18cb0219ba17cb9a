"""A target of the proxy that is a few lines long, and a client that speaks to the proxy byte by byte."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from typing_extensions import Self

    from tracklayer.emulators.proxy import Proxy

#: Seconds that anything may take on a busy machine.
PATIENCE = 60.0


class Origin(ThreadingHTTPServer):
    """Stands for *.example.org, and answers each request with what it saw of it, as JSON."""

    hosts = ("*.example.org", "example.org")
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked = 0
        self.answers: dict[str, tuple[str, bytes]] = {}  # path -> (media type, body): said instead

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Origin
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = PATIENCE

    def handle_any(self) -> None:
        self.server.asked += 1
        size = int(self.headers.get("Content-Length") or 0)
        said = 0
        while said < size:
            said += len(self.rfile.read(min(size - said, 1 << 20)))
        seen = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "size": said,
            "connection": self.client_address[1],
        }
        media, body = self.server.answers.get(self.path, ("application/json", json.dumps(seen).encode()))
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = handle_any  # noqa: N815 -- http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """The URL of a server that does `answer(connection)` with its first connection, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def once() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(PATIENCE)
                answer(connection)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(PATIENCE)
        assert not thread.is_alive()


@contextmanager
def connected(proxy: Proxy) -> Iterator[socket.socket]:
    """A connection to the proxy on which nothing has been said."""
    place = urlsplit(proxy.url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), PATIENCE) as client:
        yield client


@contextmanager
def tunnel(
    proxy: Proxy, host: str = "a.example.org", *, alpn: tuple[str, ...] = (), tls: bool = True
) -> Iterator[socket.socket]:
    """A tunnel to a host, TLS within it unless it shall be plain."""
    with ExitStack() as stack:
        client = stack.enter_context(connected(proxy))
        client.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        assert until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        if tls:
            context = ssl.create_default_context(cafile=proxy.ca)
            if alpn:
                context.set_alpn_protocols(list(alpn))
            client = stack.enter_context(context.wrap_socket(client, server_hostname=host))
        yield client


def until(client: socket.socket, mark: bytes) -> bytes:
    """What it says, up to and with `mark`; nothing beyond is taken."""
    said = b""
    while not said.endswith(mark):
        byte = client.recv(1)
        assert byte, said
        said += byte
    return said


def rest(client: socket.socket) -> bytes:
    """All that it still says."""
    said = []
    while part := client.recv(65_536):
        said.append(part)
    return b"".join(said)


def request(path: str, host: str = "a.example.org", **headers: str) -> bytes:
    """A GET, as bytes."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {text}" for name, text in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def document(answer: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """What the origin saw, of the bytes of its answer."""
    assert isinstance(answer, bytes)
    seen: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return seen
