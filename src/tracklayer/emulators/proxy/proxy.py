"""Proxy: leads unmodified SDKs from the clouds' own host names to local servers, and nowhere else."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from tracklayer.emulators.proxy.authority import Authority
from tracklayer.emulators.proxy.connection import serve
from tracklayer.emulators.proxy.routes import Routes, Target
from tracklayer.emulators.proxy.waiting import READ, Stop, Stopped, Waiting
from tracklayer.errors import InvalidInput

if TYPE_CHECKING:
    from typing_extensions import Self

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
#: Connections that may wait to be taken: many workers may start at once.
QUEUE = 512
#: Seconds between two tries to take a connection when the process has no file descriptor left.
PAUSE = 0.1
#: Seconds that open connections have to end when the proxy is stopped.
GRACE = 5.0
#: What is reached without the proxy, by those who follow this: servers of this machine.
BESIDE = "127.0.0.1,localhost"
#: Variables that name the proxy: https://curl.se/docs/manpage.html, and gRPC's own.
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "grpc_proxy")
#: Variables that name the file of the CA: botocore, requests, OpenSSL (Python's ssl, httpx), curl, gRPC, Node.
BUNDLES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "HTTPLIB2_CA_CERTS",
)


class Proxy:
    """An HTTP proxy on loopback, serving while it is entered, with a CA of its own.

    ::

        with SagemakerEmulator() as emulator, Proxy([emulator]) as proxy:
            environment = {**os.environ, **emulator.environment(), **proxy.environment()}
            subprocess.run(["python", "train.py"], env=environment, check=True)
            assert proxy.refused == []

    * It takes CONNECT and plain requests. TLS ends here, with a certificate for the very host name; what is inside
      goes to the target as it is, and back.
    * HTTP/2 is offered to the clients of a target that says so (`Route.alpn`), and to no others.
    * A host that no target stands for gets 403, and is noted in `refused`. Nothing is ever sent to it.
    * `url`: what clients are told. `ca`: the CA's file, which goes when the proxy is stopped.
    """

    def __init__(self, targets: Iterable[Target], *, port: int = 0) -> None:
        self._routes = Routes(targets)
        self._port = port
        self._lock = threading.Lock()
        self._asked: list[str] = []
        self._refused: list[str] = []
        self._serving: set[threading.Thread] = set()
        self.url = ""

    @property
    def asked(self) -> list[str]:
        """The host of each connection, in the order they came; of those that were refused too."""
        with self._lock:
            return list(self._asked)

    @property
    def refused(self) -> list[str]:
        """The host of each connection that was refused, in the order they came."""
        with self._lock:
            return list(self._refused)

    @property
    def ca(self) -> str:
        """The file that clients have to trust."""
        return str(self.authority.file)

    def environment(self) -> dict[str, str]:
        """The variables that lead a process, and those it starts, through this proxy. Servers on loopback stay near."""
        return {
            **dict.fromkeys(PROXIES, self.url),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), BESIDE),
            **dict.fromkeys(BUNDLES, self.ca),
        }

    def admit(self, host: str) -> Target | None:
        """The target of a host, or None. Either is noted."""
        target = self._routes.find(host)
        with self._lock:
            self._asked.append(host)
            first = target is None and host not in self._refused
            if target is None:
                self._refused.append(host)
        if first:
            _log.warning("%s is not emulated: refused", host)
        return target

    def start(self) -> None:
        """Listen. `InvalidInput` when the port is taken."""
        try:
            listener = socket.create_server((HOST, self._port), backlog=QUEUE)
        except OSError as error:
            raise InvalidInput(f"the proxy cannot listen on port {self._port}: {error.strerror}") from None
        listener.setblocking(False)
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self.authority = Authority()
        self._stop = Stop()
        self._accepting = threading.Thread(target=self._accept, args=(listener,), name="tracklayer-proxy", daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        """End every connection, and remove the CA's file."""
        self._stop.now()
        self._accepting.join()
        with self._lock:
            running = list(self._serving)
        until = time.monotonic() + GRACE
        for thread in running:
            thread.join(max(0.0, until - time.monotonic()))
        self._stop.close()
        self.authority.remove()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        with listener, Waiting(self._stop) as waiting, suppress(Stopped):
            while True:
                waiting.wait({listener.fileno(): READ})
                try:
                    client, _ = listener.accept()
                except BlockingIOError:
                    continue
                except OSError:  # gone again, or no descriptor left for it
                    waiting.wait({}, PAUSE)
                    continue
                thread = threading.Thread(
                    target=self._serve, args=(client,), name="tracklayer-proxy-client", daemon=True
                )
                with self._lock:
                    self._serving.add(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, Waiting(self._stop) as waiting:
                serve(client, self, waiting)
        finally:
            with self._lock:
                self._serving.discard(threading.current_thread())
