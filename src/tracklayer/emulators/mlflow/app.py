"""The process that serves MLflow's own web app: `python -m tracklayer.emulators.mlflow.app FOLDER`.

It imports MLflow once, which takes seconds, and forks a child for each server that it is told to start.

* A line on its standard input starts one, `{"id": ..., "folder": ..., "environment": {...}}`, or stops one,
  `{"stop": id}`. What becomes of it is said on its standard output: `{"id": ..., "url": "http://127.0.0.1:PORT"}`, or
  `{"id": ..., "failed": "why"}`.
* It goes when its input ends, and the folder with it, in which all of them keep what they hold. Its children go with
  it, be it killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NoReturn


def main(folder: Path) -> None:
    """Import, then obey."""
    told, telling = sys.stdin, os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever MLflow prints goes to the log
    # What is the same for all, and read while it is imported. Jobs would be processes of their own.
    os.environ |= {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "false",
    }
    import uvicorn  # noqa: F401, PLC0415 -- before the fork, so that children have it
    from mlflow.server import fastapi_app, handlers  # noqa: F401, PLC0415 -- likewise

    alive, life = os.pipe()  # `life` is closed when this process ends, and its children read that in `alive`
    children: dict[str, int] = {}
    for line in told:
        order = json.loads(line)
        if "stop" in order:
            _stop(children.pop(order["stop"], None))
            continue
        child = os.fork()
        if child == 0:
            os.close(life)
            _serve_to_the_end(order, alive, telling)
        children[order["id"]] = child
    for child in children.values():
        _stop(child)
    shutil.rmtree(folder, ignore_errors=True)


def _stop(child: int | None) -> None:
    if child is not None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _serve_to_the_end(order: Mapping[str, Any], alive: int, telling: IO[str]) -> NoReturn:
    """In the child: whatever happens, it never returns to the parent's work."""
    code = 1
    try:
        _serve(order, alive, telling)
        code = 0
    except BaseException as error:
        _tell(telling, {"id": order["id"], "failed": f"{type(error).__name__}: {error}"})
        raise
    finally:
        os._exit(code)


def _tell(telling: IO[str], news: Mapping[str, str]) -> None:
    telling.write(json.dumps(news) + "\n")
    telling.flush()


def _serve(order: Mapping[str, Any], alive: int, telling: IO[str]) -> None:
    """One server, on a free port of 127.0.0.1, until the parent ends."""
    store = f"sqlite:///{Path(order['folder']) / 'mlflow.db'}"
    os.environ |= order["environment"]
    os.environ |= {"_MLFLOW_SERVER_FILE_STORE": store, "_MLFLOW_SERVER_ARTIFACT_ROOT": order["artifacts"]}
    threading.Thread(target=_leave_with_parent, args=(alive,), daemon=True).start()

    import uvicorn  # noqa: PLC0415 -- imported before the fork
    from mlflow.server.fastapi_app import app  # noqa: PLC0415 -- likewise
    from mlflow.server.handlers import initialize_backend_stores  # noqa: PLC0415 -- likewise

    # With the protocol named: else asyncio leaves TCP_NODELAY out, and every call takes 40 ms more.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    initialize_backend_stores(store, store, order["artifacts"])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    # The socket listens already: a request that comes before the loop runs waits in its queue.
    _tell(telling, {"id": order["id"], "url": f"http://127.0.0.1:{listening.getsockname()[1]}"})
    server.run(sockets=[listening])


def _leave_with_parent(alive: int) -> None:
    os.read(alive, 1)
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
