"""Local servers that speak MLflow's API, whose requests and processor time are counted: real ones, and stand-ins."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil
from benchmarks.migrate.environment import peer_python, variables
from benchmarks.migrate.kinds import kind
from benchmarks.migrate.measured import FailedError

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds that a server may take to come up.
STARTING = 180.0
#: A request in uvicorn's access log.
LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[\d.]+" \d+')
#: Straight to 127.0.0.1, whatever proxies the environment names.
DIRECT = build_opener(ProxyHandler({}))


class Server(ABC):
    """A server in a process of its own on a free port of 127.0.0.1, in a folder of its own, while it is entered."""

    url: str

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._log = folder / "log"

    @property
    def tracklayer_url(self) -> str:
        return f"mlflow+{self.url}"

    @abstractmethod
    def requests(self) -> Counter[str]:
        """The requests since this was last asked, by kind."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _found(self) -> bool:
        """Does it answer? `url` is known from then on."""

    def cpu(self) -> float:
        """Processor seconds of all its processes so far."""
        used = 0.0
        for process in self._everyone():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used += times.user + times.system
        return used

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=self.folder, env=variables(self.folder), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        everyone = self._everyone()
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, alive = psutil.wait_procs(everyone, timeout=10)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()

    def _everyone(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self._process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(URLError, OSError):
                if self._found():
                    self.requests()
                    return
            time.sleep(0.1)
        said = self._log.read_text(encoding="utf-8", errors="replace")[-1_000:]
        raise FailedError(f"a server did not start: {said}")


class MlflowServer(Server):
    """As `mlflow server` starts it: SQLite behind it, files proxied."""

    def __init__(self, folder: Path, *, workers: int) -> None:
        super().__init__(folder)
        self._workers = workers
        self._read = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    def requests(self) -> Counter[str]:
        with self._log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._read)
            lines = log.read()
            self._read = log.tell()
        return Counter(kind(found["method"], found["target"]) for found in LINE.finditer(lines))

    def _command(self) -> list[str]:
        command = [str(peer_python()), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self._port)]
        command += ["--workers", str(self._workers), "--backend-store-uri", f"sqlite:///{self.folder / 'server.db'}"]
        return [*command, "--artifacts-destination", str(self.folder / "files")]

    def _found(self) -> bool:
        with DIRECT.open(f"{self.url}/health", timeout=5):
            return True


class StandIn(Server):
    """Not in the way: see `inside/standin.py`. `keep`: points too. `pause`: milliseconds that it waits to answer."""

    def __init__(self, folder: Path, *, keep: bool, pause: float = 0) -> None:
        super().__init__(folder)
        self._arguments = ["keep" if keep else "count", str(pause)]
        self._known: Counter[str] = Counter()

    def requests(self) -> Counter[str]:
        now = Counter(self._counted()["requests"])
        new, self._known = now - self._known, now
        return new

    def points(self) -> int:
        """That it was given since it started."""
        return int(self._counted()["points"])

    def _counted(self) -> dict[str, Any]:
        with DIRECT.open(f"{self.url}/counted", timeout=60) as answer:
            counted: dict[str, Any] = json.load(answer)
            return counted

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "benchmarks.migrate.inside.standin", *self._arguments]

    def _found(self) -> bool:
        self.url = self._log.read_text(encoding="utf-8").strip()
        return self.url.startswith("http://")
