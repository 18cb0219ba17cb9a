"""Streams of ours, for streams that cannot be listened to by a method of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Standin:
    """Stands in `sys` for a stream that lets no method be replaced: it is the other one in all but `write`."""

    def __init__(self, stream: Any, write: Callable[[str], Any]) -> None:
        self._stream = stream
        self.write = write

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Echo:
    """The `echo` of a notebook's stream, which ipykernel gives all that the notebook shows. The one before goes on."""

    def __init__(self, before: Any, tell: Callable[[str], None]) -> None:
        self.before = before
        self._tell = tell

    def write(self, text: str) -> None:
        """Tell it, after the echo before has it."""
        try:
            if self.before is not None:
                self.before.write(text)
        finally:
            self._tell(text)

    def flush(self) -> None:
        """Nothing waits here."""
        if self.before is not None:
            self.before.flush()
