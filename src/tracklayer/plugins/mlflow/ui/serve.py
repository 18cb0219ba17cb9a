"""Serve: MLflow's own app over places, in this process, until it is told to end."""

from __future__ import annotations

import gc
import os
import signal
import socket
import warnings
from _thread import interrupt_main
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING

from tracklayer.errors import DriverMissing, InvalidInput
from tracklayer.plugins.mlflow.many.reach import unreachable
from tracklayer.plugins.mlflow.many.uris import uri_of
from tracklayer.plugins.mlflow.ui.address import Address
from tracklayer.plugins.mlflow.ui.asgi import App
from tracklayer.plugins.mlflow.ui.later import Later

if TYPE_CHECKING:
    import uvicorn

#: Read by MLflow while it is imported, or when its app is asked for the first time. Jobs would be processes of their
#: own; nothing is told to anybody.
QUIET = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # a bar in the terminal for every file that a page shows
}
#: How variables begin that would make another server of it.
SERVERS = ("_MLFLOW_", "MLFLOW_SERVER_", "MLFLOW_ENABLE_WORKSPACES", "MLFLOW_WORKSPACE")
#: Where clients are told that files lie: they ask this server for them.
ROOT = "mlflow-artifacts:/"
#: Seconds that requests may take to end when the server is told to.
GRACE = 5
#: The oldest MLflow whose server and pages this was tried with.
OLDEST = (3, 5)


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
    with address.listen() as listening, ThreadPoolExecutor(len(urls)) as pool:
        errors = list(pool.map(unreachable, urls))
        if all(errors):
            raise next(filter(None, errors))
        for url, error in zip(urls, errors, strict=True):
            if error is not None:
                warn(f"{url} cannot be read, and is left out until it can: {error}")
        _prepare(urls, write=write)
        _run(listening, dict(zip(urls, errors, strict=True)), address, write=write, ready=ready)


def _run(
    listening: socket.socket,
    errors: Mapping[str, Exception | None],
    address: Address,
    *,
    write: bool,
    ready: Callable[[str], None],
) -> None:
    """Serve the pages while MLflow is imported, which takes longer than a browser needs to read them, then the rest."""
    import uvicorn  # noqa: PLC0415 -- it comes with MLflow

    from tracklayer.plugins.mlflow.ui.guard import Guard  # noqa: PLC0415 -- likewise
    from tracklayer.plugins.mlflow.ui.pages import pages  # noqa: PLC0415 -- likewise

    mlflow = Later()
    guarded = Guard(mlflow, write=write, token=address.token, names=address.names, pages=pages())
    server = uvicorn.Server(
        uvicorn.Config(guarded, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=GRACE)
    )
    # Signals come to this thread, so the server is told of them; MLflow is imported here, as whoever imports it does.
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(server.run, [listening])
        with _ended_by_signals(server, serving, mlflow):
            try:
                # The socket listens already: a request that comes before the loop runs waits in its queue.
                ready(address.url(listening))
                mlflow.give(_app(errors))
                while not serving.done():
                    wait([serving], 1.0)  # for on Windows no signal ends a wait that has no end
                serving.result()
            finally:
                server.should_exit = True
                mlflow.give(None)
                wait([serving])


@contextmanager
def _ended_by_signals(server: uvicorn.Server, serving: Future[None], mlflow: Later) -> Iterator[None]:
    """SIGINT and SIGTERM end the server, and then interrupt this thread. Those that are ignored stay ignored.

    * Not at once: an import that is interrupted may keep Python's lock of all imports, and the server's thread, which
      imports, too, would wait for it for ever. * A second signal: the server waits for nobody.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        if serving.done():
            raise KeyboardInterrupt
        server.force_exit = server.should_exit
        server.should_exit = True
        Thread(target=mlflow.give, args=(None,)).start()  # here it could meet its own lock

    def ended(_: Future[None]) -> None:
        if not mlflow.given:
            interrupt_main(signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, known in before.items():
        if known is not signal.SIG_IGN:
            signal.signal(number, end)
    serving.add_done_callback(ended)
    try:
        yield
    finally:
        for number, known in before.items():
            signal.signal(number, known)


def _app(errors: Mapping[str, Exception | None]) -> App:
    """MLflow's own app. Its import makes so many objects that to look for garbage meanwhile takes a fifth of it."""
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow's own, of what it imports
            from mlflow.server.fastapi_app import app  # noqa: PLC0415 -- it reads the environment meanwhile
    finally:
        gc.enable()
        gc.freeze()

    from tracklayer.plugins.mlflow.many.part import parts  # noqa: PLC0415 -- it needs MLflow

    for part in parts(tuple(errors), ROOT):
        part.told(errors[part.asked])
    served: App = app
    return served


def _prepare(urls: Sequence[str], *, write: bool) -> None:
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
        "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE": "true",  # `Guard` does what it does, and more
    }


def _check_installed() -> None:
    """`DriverMissing` where MLflow's server is not there. It is not imported for that, which takes seconds."""
    needed, here = ".".join(map(str, OLDEST)), "which is not installed"
    try:
        there = find_spec("mlflow") is not None and find_spec("uvicorn") is not None
        if there and tuple(map(int, version("mlflow").split(".")[:2])) >= OLDEST:
            return
        here = f"and here is {version('mlflow')}" if there else here
    except (PackageNotFoundError, ValueError):  # `mlflow-skinny` alone has no server
        pass
    message = f"`tracklayer ui` needs MLflow's server, {needed} or newer, {here}"
    raise DriverMissing(message, f"pip install 'mlflow>={needed}'")
