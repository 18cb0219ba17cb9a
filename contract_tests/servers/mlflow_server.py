"""A real MLflow server for tests: SQLite behind it, artifacts proxied, on a free port of 127.0.0.1.

Use it as a session fixture. Every process of the test run (xdist's workers too) gets the same server, and it goes when
the last of them lets go, so start with an experiment of your own name::

    from contract_tests.servers.mlflow_server import MlflowServer, shared_server

    @pytest.fixture(scope="session")
    def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
        with shared_server(tmp_path_factory.getbasetemp()) as server:
            yield server

    tl.connect(mlflow_server.tracklayer_url)        # mlflow+http://127.0.0.1:PORT
    MlflowClient(mlflow_server.url)                 # http://127.0.0.1:PORT, in a subprocess

`running_server(folder)` starts one for yourself: `with running_server(tmp_path) as server: ...`. The first start of a
session takes about 10 s. To count requests, demand a password or inject faults, put a `recorder.Recorder` before it.
Needs `fcntl` (Linux, macOS).
"""

from __future__ import annotations

import fcntl
import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

APP = Path(__file__).with_name("mlflow_app.py")


@dataclass(frozen=True)
class MlflowServer:
    """Where a running server is. `folder` holds its database, its files and its log."""

    url: str
    folder: Path

    @property
    def tracklayer_url(self) -> str:
        return f"mlflow+{self.url}"

    @property
    def files(self) -> Path:
        """The folder that proxied artifacts end up in."""
        return self.folder / "files"

    def healthy(self) -> bool:
        """Does it answer?"""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def shared_server(basetemp: Path) -> Iterator[MlflowServer]:
    """The one server of this test run; `basetemp` is `tmp_path_factory.getbasetemp()`."""
    # https://pytest-xdist.readthedocs.io/en/stable/how-to.html#making-session-scoped-fixtures-execute-only-once
    root = basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp
    with running_server(root / "mlflow-server") as server:
        yield server


@contextmanager
def running_server(folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[MlflowServer]:
    """The server that lives in `folder`: started if nobody did, stopped when its last user leaves this block.

    `environment`: what is added to the server's, such as `_MLFLOW_SERVER_ARTIFACT_DESTINATION=s3://bucket`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("a") as users:
        with (folder / "start").open("a") as start:
            fcntl.flock(start, fcntl.LOCK_EX)  # one starts it, the others wait here
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _found(folder) or _started(folder, environment)
        yield server


def _found(folder: Path) -> MlflowServer | None:
    address = folder / "url"
    if not address.exists():
        return None
    server = MlflowServer(address.read_text(), folder)
    return server if server.healthy() else None


def _started(folder: Path, environment: Mapping[str, str]) -> MlflowServer:
    reading, writing = os.pipe()
    with (folder / "log").open("ab") as log:
        subprocess.run(
            [sys.executable, str(APP), str(folder), str(writing)],
            check=True,
            env={**_unmeasured(), **environment},
            pass_fds=(writing,),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    os.close(writing)
    with os.fdopen(reading) as ready:
        url = ready.read()  # ends when the server serves, or died
    server = MlflowServer(url, folder)
    if not url or not server.healthy():
        message = f"MLflow's server did not start: {(folder / 'log').read_text()[-2000:]}"
        raise RuntimeError(message)
    (folder / "url").write_text(url)
    return server


def _unmeasured() -> dict[str, str]:
    """The environment, without what takes the coverage of a process: nothing of ours runs in a server."""
    return {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}
