"""The process behind `mlflow_server.py`: MLflow's own web app, served until nobody holds the lock.

Run as `python mlflow_app.py FOLDER READY_FD`. It is the app that `mlflow server` serves, started without that command's
process tree: 9 s against 22 s on two cores, one process against three. What it prepares is what
`mlflow.server._run_server` prepares: environment variables, and the store.

* Binds a free port of 127.0.0.1 itself, so nobody can take it in between, and writes its URL to READY_FD.
* Leaves its parent at once, and goes when the last user has let go of `FOLDER/users`, be it killed.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import threading
from pathlib import Path


def main(folder: Path, ready: int) -> None:
    if os.fork():
        os._exit(0)
    os.setsid()
    store = f"sqlite:///{folder / 'mlflow.db'}"
    os.environ |= {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    unless_said = {
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "files"),
    }
    os.environ |= {name: os.environ.get(name, value) for name, value in unless_said.items()}
    # With the protocol named: else asyncio leaves TCP_NODELAY out, and every call takes 40 ms more.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)

    # After the environment: the app reads it while it is imported.
    import uvicorn  # noqa: PLC0415
    from mlflow.server.fastapi_app import app  # noqa: PLC0415
    from mlflow.server.handlers import initialize_backend_stores  # noqa: PLC0415

    initialize_backend_stores(os.environ["_MLFLOW_SERVER_FILE_STORE"], store, "mlflow-artifacts:/")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))

    users = (folder / "users").open()  # kept open, and so locked, until this process ends: no newcomer finds us going

    def leave_with_the_last_user() -> None:
        fcntl.flock(users, fcntl.LOCK_EX)
        server.should_exit = True

    threading.Thread(target=leave_with_the_last_user, daemon=True).start()
    # The socket listens already: a request that comes before the loop runs waits in its queue.
    os.write(ready, f"http://127.0.0.1:{listening.getsockname()[1]}".encode())
    os.close(ready)
    server.run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
