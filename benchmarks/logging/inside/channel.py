"""How the process of a subject speaks to the benchmark: JSON lines that nothing it prints can disturb."""

from __future__ import annotations

import json
import os
from typing import Any


class Channel:
    """Takes the standard input and output for itself; what is printed from then on goes where errors go."""

    def __init__(self) -> None:
        self._input = os.fdopen(os.dup(0), "rb")
        self._output = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)

    def hear(self) -> dict[str, Any]:
        """The next line; leaves when nobody is there any more."""
        line = self._input.readline()
        if not line:
            raise SystemExit(1)
        message: dict[str, Any] = json.loads(line)
        return message

    def say(self, message: dict[str, Any]) -> None:
        """Send a line."""
        self._output.write(json.dumps(message).encode() + b"\n")
        self._output.flush()

    def pause(self, message: dict[str, Any]) -> None:
        """Send a line and wait until the benchmark has had its look."""
        self.say(message)
        self.hear()
