"""Real MLflow servers, one for each id: started at its first request, each with a store of its own.

All of them are children of one process (`app.py`), which is started with the first, takes some 5 s for it, and is gone
when this process is, be it killed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as NeverSettled
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

#: The module that they are children of.
APP = "tracklayer.emulators.mlflow.app"
#: Seconds until a server must serve: a cold disk and two busy cores included.
PATIENCE = 120.0
#: Lines of the log that are shown when none serves.
SHOWN = 20


class MlflowNotServing(Exception):
    """A server that is not there. `starting`: it may be later."""

    def __init__(self, message: str, *, starting: bool = False) -> None:
        super().__init__(message)
        self.starting = starting


class Servers:
    """`environment`: what each server's process needs to reach its files, read when the first is started."""

    def __init__(self, environment: Callable[[], Mapping[str, str]]) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._started: dict[str, Future[str]] = {}
        self._parent: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._folder: Path | None = None

    def begin(self) -> None:
        """Let the common process import MLflow, which takes seconds, before the first server is asked for."""
        with self._lock:
            if self._parent is None:
                self._begin()

    def url(self, name: str, artifacts: str) -> str:
        """Where the server of that id is, started if nobody did. `artifacts`: where its files lie."""
        with self._lock:
            started = self._started.get(name)
            if started is None:
                started = self._started[name] = Future()
                try:
                    self._start(name, artifacts)
                except BaseException:  # nobody would ever settle it
                    del self._started[name]
                    raise
        try:
            return started.result(timeout=PATIENCE)
        except NeverSettled:
            message = f"MLflow's server did not start within {PATIENCE:g} s"
            raise MlflowNotServing(message, starting=True) from None

    def stop(self, name: str) -> None:
        """End one, and drop what it holds."""
        with self._lock:
            started = self._started.pop(name, None)
            if started is not None and self._parent is not None:
                _settle(started, error="the server was deleted")
                self._tell(self._parent, {"stop": name})

    def stop_all(self) -> None:
        """End all of them, and drop what they hold."""
        with self._lock:
            parent, self._parent = self._parent, None
            listener, self._listener = self._listener, None
            folder, self._folder = self._folder, None
            self._started = {}
        if parent is None or listener is None or folder is None:
            return
        with suppress(BrokenPipeError), parent:  # closes the pipe, where an order may wait that nobody took, and waits
            parent.kill()
        listener.join()  # the end of what they say is the end of all of them
        shutil.rmtree(folder, ignore_errors=True)

    def _start(self, name: str, artifacts: str) -> None:
        if self._parent is None:
            self._begin()
        assert self._parent is not None  # noqa: S101 -- just begun
        assert self._folder is not None  # noqa: S101 -- likewise
        folder = tempfile.mkdtemp(dir=self._folder)
        environment = {**self._environment()}
        self._tell(self._parent, {"id": name, "folder": folder, "artifacts": artifacts, "environment": environment})
        # Whoever listens settles all that was asked for when the process ends; after that nobody would.
        if self._listener is None or not self._listener.is_alive():
            raise _ended()

    def _begin(self) -> None:
        if find_spec("mlflow") is None:
            message = "it needs MLflow itself: pip install mlflow"
            raise MlflowNotServing(message, starting=True)
        self._folder = Path(tempfile.mkdtemp(prefix="tracklayer-emulated-mlflow-"))
        with (self._folder / "log").open("ab") as log:
            self._parent = subprocess.Popen(  # noqa: S603 -- our own module
                [sys.executable, "-W", "ignore", "-m", APP, str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_surroundings(),
            )
        assert self._parent.stdout is not None  # noqa: S101 -- it was opened with one
        # A pipe of its own, which `Popen` does not close while it is listened to.
        said = os.fdopen(os.dup(self._parent.stdout.fileno()))
        self._parent.stdout.close()
        self._listener = threading.Thread(target=_listen, args=(said, self._started, self._folder), daemon=True)
        self._listener.start()

    @staticmethod
    def _tell(parent: subprocess.Popen[str], order: Mapping[str, object]) -> None:
        assert parent.stdin is not None  # noqa: S101 -- it was opened with one
        try:
            parent.stdin.write(json.dumps(order) + "\n")
            parent.stdin.flush()
        except BrokenPipeError:
            raise _ended() from None


def _ended() -> MlflowNotServing:
    return MlflowNotServing("the process of the MLflow servers has ended: reset the emulator")


def _listen(said: IO[str], started: Mapping[str, Future[str]], folder: Path) -> None:
    """In a thread: hear which servers serve, until the process ends."""
    with said:
        for line in said:
            news = json.loads(line)
            future = started.get(news["id"])
            if future is not None:
                _settle(future, url=news.get("url"), error=news.get("failed", ""))
    log = (folder / "log").read_text(errors="replace") if folder.exists() else ""
    for future in list(started.values()):
        _settle(future, error="\n".join(log.splitlines()[-SHOWN:]))


def _settle(future: Future[str], *, url: str | None = None, error: str = "") -> None:
    """Say once what became of a server."""
    with suppress(InvalidStateError):
        if url is not None:
            future.set_result(url)
        else:
            future.set_exception(MlflowNotServing(f"MLflow's server did not start: {error}"))


def _surroundings() -> dict[str, str]:
    """The environment of this process, without what would make MLflow somebody else's client, or lead it elsewhere.

    * Nor is it measured: while the coverage of tests is taken, a server costs a third more.
    """
    dropped = ("MLFLOW_", "_MLFLOW_", "SAGEMAKER_MLFLOW_", "AWS_", "TRACKLAYER_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
