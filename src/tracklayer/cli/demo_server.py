"""A real MLflow server for the demo, on loopback, gone when the demo is."""

from __future__ import annotations

import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tracklayer.errors import DriverMissing, Unavailable

HOST = "127.0.0.1"
#: Seconds a server may take to answer: on two slow cores it takes about 20.
PATIENCE = 120.0
#: Seconds between two looks whether it answers.
PAUSE = 0.2
#: Seconds a server may take to stop, before it is killed.
GRACE = 15.0
#: Lines of the log that an error shows.
LAST_LINES = 3
#: No mail home, and none of the job runner's nine processes.
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


@dataclass(frozen=True)
class DemoServer:
    """An MLflow server that was started. `folder` holds its database, its files and its log."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Its tracklayer URL."""
        return f"mlflow+http://{HOST}:{self.port}"

    @property
    def page(self) -> str:
        """What a browser opens."""
        return f"http://{HOST}:{self.port}"

    @property
    def again(self) -> str:
        """The shell command that starts it again on the same database and files."""
        settings = [f"{name}={text}" for name, text in SETTINGS.items()]
        return " ".join([*settings, "mlflow", "server", *map(shlex.quote, _arguments(self.folder, self.port))])

    def wait(self) -> None:
        """Until it answers. `Unavailable` when it ends before that, or takes too long."""
        until = time.monotonic() + PATIENCE
        while not _healthy(self.port):
            if self.process.poll() is not None:
                self._fail(f"ended with code {self.process.returncode}")
            if time.monotonic() > until:
                self._fail(f"did not answer within {PATIENCE:.0f} seconds")
            time.sleep(PAUSE)

    def stop(self) -> None:
        """Stop it and what it started; wait until it is gone."""
        _end(self.process, at_once=False)
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            _end(self.process, at_once=True)
            self.process.wait()

    def _fail(self, what: str) -> None:
        log = self.folder / "server.log"
        said = " / ".join(log.read_text(encoding="utf-8", errors="replace").split("\n")[-LAST_LINES - 1 :]).strip(" /")
        message = f"the MLflow server {what}; its log, {log}, ends: {said or 'empty'}"
        raise Unavailable(message, provider="mlflow", operation="server")


@contextmanager
def demo_server(folder: Path) -> Iterator[DemoServer]:
    """A server that starts at once and answers later (`wait`); it is stopped at the end, on Ctrl-C and SIGTERM too.

    * Its database and files stay in `folder`, and a later server on them goes on with them.
    """
    if find_spec("mlflow") is None:
        message = "the demo needs the package 'mlflow', which is not installed"
        raise DriverMissing(message, "pip install 'tracklayer[demo]'")
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    environment = {name: text for name, text in os.environ.items() if not name.lstrip("_").startswith("MLFLOW_")}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 -- our own Python, our own arguments
            [sys.executable, "-m", "mlflow", "server", *_arguments(folder, port)],
            env=environment | SETTINGS,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops the server and all it started
        )
    server = DemoServer(process, folder, port)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield server
    finally:
        server.stop()
        signal.signal(signal.SIGTERM, before)


def _arguments(folder: Path, port: int) -> list[str]:
    place = folder.resolve()
    return [
        f"--host={HOST}",
        f"--port={port}",
        f"--backend-store-uri=sqlite:///{place / 'mlflow.db'}",
        f"--artifacts-destination={place / 'files'}",
        "--workers=1",
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)  # it asks no proxy, whatever the environment says
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (http.client.HTTPException, OSError):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes], *, at_once: bool) -> None:
    """Ask the server and all it started to end: they are a process group of their own, where there are such."""
    if os.name == "nt":
        process.kill() if at_once else process.terminate()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL if at_once else signal.SIGTERM)
    except ProcessLookupError:
        return


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
