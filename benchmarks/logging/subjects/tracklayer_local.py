"""tracklayer, into its embedded store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.logging.subjects.subject import Calls, Subject


class TracklayerLocal(Subject):
    """`run.log_metric` as it is by default; `run.end` returns when all is in the store."""

    module = "tracklayer"

    def start(self) -> Calls:
        return self._start(self._place)

    def start_at(self, url: str) -> Calls:
        return self._start(f"mlflow+{url}")

    def drain(self) -> None:
        self._run.flush()

    def finish(self) -> None:
        self._run.end()

    def steps(self, key: str) -> list[int]:
        with self.api.connect(self._place) as client:
            return [step for run in client.runs("bench") for step in client.metric_history(run.id, key).steps]

    def recover(self) -> str:
        command = [str(Path(sys.executable).with_name("tracklayer")), "sync"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        said = " ".join((done.stderr or done.stdout).split())[-200:]
        return "tracklayer sync" if done.returncode == 0 else f"tracklayer sync ended with {done.returncode}: {said}"

    @property
    def _place(self) -> str:
        return f"local:{self.folder / 'store.db'}"

    def _start(self, place: str) -> Calls:
        self._run: Any = self.api.start_run("bench", to=place)
        run = self._run
        return Calls(
            lambda step, value: run.log_metric("loss", value, step=step),
            lambda step, values: run.log_metrics(values, step=step),
        )
