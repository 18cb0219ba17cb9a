"""Serve: MLflow's own app over places, in this process, until it is told to end."""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import NamedTuple

from tracklayer.errors import DriverMissing, InvalidInput
from tracklayer.plugins.mlflow.many.reach import unreachable
from tracklayer.plugins.mlflow.many.uris import uri_of

#: Read by MLflow while it is imported, or when its app is asked for the first time. Jobs would be processes of their
#: own; nothing is told to anybody.
QUIET = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
#: How variables begin that would make another server of it.
SERVERS = ("_MLFLOW_", "MLFLOW_SERVER_", "MLFLOW_ENABLE_WORKSPACES", "MLFLOW_WORKSPACE")
#: What a browser on this machine calls it. MLflow's own list has whole networks on it, and with them whatever name
#: begins like one: `10.example.org`.
NEAR = "localhost,127.0.0.1,[::1],localhost:*,127.0.0.1:*,[[]::1]:*"
#: Where clients are told that files lie: they ask this server for them.
ROOT = "mlflow-artifacts:/"
#: Seconds that requests may take to end when the server is told to.
GRACE = 5
#: The first MLflow that refuses foreign host names and origins itself.
OLDEST = (3, 5)


class Address(NamedTuple):
    """Where to listen. `port` 0: any free one. `token`: what each request must bring."""

    host: str
    port: int
    token: str | None

    @property
    def near(self) -> bool:
        """Is it this machine alone that can ask?"""
        return _near(self.host)


def serve(
    urls: Sequence[str],
    address: Address,
    *,
    write: bool,
    warn: Callable[[str], None],
    ready: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM. `warn`: told of each place that cannot be read; `ready`: the server's URL.

    * `InvalidInput`: a port that is taken, an address that needs a token, no URL. `DriverMissing`. The error of the
      place where none can be read.
    """
    if not address.near and address.token is None:
        raise InvalidInput(
            f"--host {address.host}: whoever reaches this machine could read all of it; give a token:"
            " --token-file FILE or TRACKLAYER_UI_TOKEN"
        )
    _check_installed()
    with _listening(address) as listening, ThreadPoolExecutor(len(urls)) as pool:
        errors = list(pool.map(unreachable, urls))
        if all(errors):
            raise next(filter(None, errors))
        for url, error in zip(urls, errors, strict=True):
            if error is not None:
                warn(f"{url} cannot be read, and is left out until it can: {error}")
        _prepare(urls, address, write=write)
        _run(listening, dict(zip(urls, errors, strict=True)), address, write=write, ready=ready)


def _run(
    listening: socket.socket,
    errors: Mapping[str, Exception | None],
    address: Address,
    *,
    write: bool,
    ready: Callable[[str], None],
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own, of what it imports
        import uvicorn  # noqa: PLC0415 -- after the environment, which MLflow's app reads while it is imported
        from mlflow.server.fastapi_app import app  # noqa: PLC0415 -- likewise

    from tracklayer.plugins.mlflow.many.part import parts  # noqa: PLC0415 -- likewise
    from tracklayer.plugins.mlflow.ui.guard import Guard  # noqa: PLC0415 -- likewise
    from tracklayer.plugins.mlflow.ui.page import page  # noqa: PLC0415 -- likewise

    for part in parts(tuple(errors), ROOT):
        part.told(errors[part.asked])
    guarded = Guard(app, write=write, token=address.token, page=page())
    server = uvicorn.Server(
        uvicorn.Config(guarded, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=GRACE)
    )
    host = f"[{address.host}]" if ":" in address.host else address.host
    # The socket listens already: a request that comes before the loop runs waits in its queue.
    ready(f"http://{host}:{listening.getsockname()[1]}")
    server.run(sockets=[listening])


def _prepare(urls: Sequence[str], address: Address, *, write: bool) -> None:
    """What `mlflow server` tells its app, which reads it from the environment."""
    uri = uri_of(urls, write=write)
    for name in [name for name in os.environ if name.startswith(SERVERS)]:
        del os.environ[name]
    os.environ |= QUIET | {
        "_MLFLOW_SERVER_FILE_STORE": uri,
        "_MLFLOW_SERVER_REGISTRY_STORE": uri,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": ROOT,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": uri,
        "_MLFLOW_SGI_NAME": "uvicorn",
        "MLFLOW_SERVER_ALLOWED_HOSTS": NEAR if address.token is None else "*",
    }


def _check_installed() -> None:
    """`DriverMissing` where MLflow's server is not there. It is not imported for that, which takes seconds."""
    try:
        there = find_spec("mlflow") is not None and find_spec("uvicorn") is not None
        there = there and tuple(map(int, version("mlflow").split(".")[:2])) >= OLDEST
    except (PackageNotFoundError, ValueError):  # `mlflow-skinny` alone has no server
        there = False
    if not there:
        needed = ".".join(map(str, OLDEST))
        message = f"`tracklayer ui` needs MLflow's server, {needed} or newer, which is not installed"
        raise DriverMissing(message, f"pip install 'mlflow>={needed}'")


def _listening(address: Address) -> socket.socket:
    """The socket. `InvalidInput` where nobody can listen there."""
    try:
        family, _, _, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        # With the protocol named: else asyncio leaves TCP_NODELAY out, and every call takes 40 ms more.
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise InvalidInput(f"cannot listen on {address.host}: {error.strerror or error}") from None
    try:
        if os.name != "nt":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place)
        found.listen(128)
    except OSError as error:
        found.close()
        message = f"cannot listen on {address.host}:{address.port}: {error.strerror or error}; try --port 0"
        raise InvalidInput(message) from None
    return found


def _near(host: str) -> bool:
    try:
        found = {place[0] for *_, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise InvalidInput(f"cannot listen on {host}: {error.strerror or error}") from None
    return all(str(one).startswith("127.") or one == "::1" for one in found)
