"""Two real MLflow servers that go away: where one was nobody listens, the other's place accepts and never answers."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from benchmarks.logging.bench import Bench
from benchmarks.logging.peers import PEERS
from benchmarks.logging.processes import DYING, BrokenError, Child
from benchmarks.logging.surroundings import surroundings

if TYPE_CHECKING:
    from typing_extensions import Self

KINDS = ("refused", "silent")
#: Seconds that a server may take to come up.
STARTING = 180.0


class Servers:
    """The servers, by how they will be gone."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._stack = ExitStack()
        self._children: dict[str, Child] = {}
        self._ports = {kind: _free_port() for kind in KINDS}

    def __enter__(self) -> Self:
        python = self._bench.python(PEERS["mlflow"].requirement)
        for kind, port in self._ports.items():
            folder = Path(self._stack.enter_context(self._bench.space()))
            command = [
                str(python),
                "-m",
                "mlflow",
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--workers",
                "1",
            ]
            command += ["--backend-store-uri", f"sqlite:///{folder / 'server.db'}"]
            self._children[kind] = Child(command, folder, surroundings(folder, self._bench.mark))
        for kind in KINDS:
            self._wait(kind)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children.values():
            child.kill()
            child.close()
        self._stack.close()

    def url(self, kind: str) -> str:
        """Where the server is, or was."""
        return f"http://127.0.0.1:{self._ports[kind]}"

    def vanish(self) -> None:
        """Kill both and take their ports, so that nobody else does: at the silent one's the system accepts, unread."""
        for child in self._children.values():
            child.kill()
        for kind, port in self._ports.items():
            taken = self._stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(taken, port)
            if kind == "silent":
                taken.listen(128)

    def _wait(self, kind: str) -> None:
        """Until it answers."""
        opener, deadline = build_opener(ProxyHandler({})), time.monotonic() + STARTING
        while time.monotonic() < deadline and self._children[kind].process.poll() is None:
            with suppress(URLError, OSError), opener.open(f"{self.url(kind)}/health", timeout=5):
                return
            time.sleep(0.2)
        raise BrokenError("the MLflow server did not start")


def _bind(taken: socket.socket, port: int) -> None:
    """Take the port of a process that was killed, and may not be gone yet."""
    deadline = time.monotonic() + DYING
    while True:
        try:
            return taken.bind(("127.0.0.1", port))
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
