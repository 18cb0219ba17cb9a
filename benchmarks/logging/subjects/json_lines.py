"""A file with a JSON object a line, flushed after each: the least that keeps a value through a `kill -9`."""

from __future__ import annotations

import json
import time
from contextlib import suppress

from benchmarks.logging.subjects.subject import Calls, Subject


class JsonLines(Subject):
    """What many write by hand. A row is a line with a dict."""

    module = "json"

    def start(self) -> Calls:
        file = self._file = (self.folder / "points.jsonl").open("w", encoding="utf-8")
        dumps, clock, write, flush = json.dumps, time.time, file.write, file.flush

        def scalar(step: int, value: float) -> None:
            write(dumps({"key": "loss", "step": step, "value": value, "time": clock()}) + "\n")
            flush()

        def row(step: int, values: dict[str, float]) -> None:
            write(dumps({"step": step, "values": values, "time": clock()}) + "\n")
            flush()

        return Calls(scalar, row)

    def finish(self) -> None:
        self._file.close()

    def steps(self, key: str) -> list[int]:
        found = []
        with (self.folder / "points.jsonl").open(encoding="utf-8") as file:
            for line in file:
                with suppress(ValueError):  # the last line of a process that was killed
                    entry = json.loads(line)
                    if key == entry.get("key") or key in entry.get("values", ()):
                        found.append(entry["step"])
        return found
