"""MLflow's own client as an independent witness: what ours writes it must read, and what it writes ours must read.

It lives in a process of its own, because of its global state and its 3 s of import, and does what it is told there::

    with Witness("http://127.0.0.1:5000") as witness:
        run = witness.ask("write_run", experiment="e", params={"lr": "0.1"}, metrics=[["loss", 0.5, 1700000000000, 3]])
        witness.ask("read_run", run=run)["params"]

`witness_client.py` holds what it can be asked. Infinities and NaN travel as JSON's extensions, bytes as base64.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from typing_extensions import Self

CLIENT = Path(__file__).with_name("witness_client.py")


class Witness:
    """A process with MLflow's client in it, while it is entered."""

    def __init__(self, url: str) -> None:
        quiet = {
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(CLIENT), url],
            env={**os.environ, **quiet},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **arguments: Any) -> Any:
        """What it says, or RuntimeError with what went wrong there."""
        said, heard = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        said.write(json.dumps({"do": do, **arguments}) + "\n")
        said.flush()
        answer = json.loads(heard.readline() or '{"failed": "the witness has died"}')
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer["said"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._process.communicate()  # its input ends, so it does
