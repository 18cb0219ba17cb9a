"""trackio, into its local SQLite file."""

from __future__ import annotations

from importlib import import_module

from benchmarks.logging.subjects.subject import Calls, Subject


class TrackioLocal(Subject):
    """`trackio.log`: values wait in memory for a thread that writes every half second."""

    module = "trackio"
    settles = 1.0  # its thread wakes up every half second: BATCH_SEND_INTERVAL in trackio/run.py

    def start(self) -> Calls:
        trackio = self.api
        trackio.init(project="bench")
        return Calls(
            lambda step, value: trackio.log({"loss": value}, step=step),
            lambda step, values: trackio.log(values, step=step),
        )

    def finish(self) -> None:
        self.api.finish()

    def steps(self, key: str) -> list[int]:
        storage = import_module("trackio.sqlite_storage").SQLiteStorage
        return [
            int(entry["step"])
            for run in storage.get_runs("bench")
            for entry in storage.get_logs("bench", run)
            if key in entry
        ]
