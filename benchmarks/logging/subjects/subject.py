"""What a measurement needs of a tracker. One file here is one tracker, used as its own pages show it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Calls(NamedTuple):
    """How values are logged: one of `loss` at a step, and ten metrics at a step."""

    scalar: Callable[[int, float], object]
    row: Callable[[int, dict[str, float]], object]


class Subject(ABC):
    """A tracker that writes into a folder, which is empty before its first run."""

    #: What its users import.
    module = ""
    #: Seconds until all has landed that was logged, where `drain` cannot tell.
    settles = 0.05

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.api: Any = None

    def load(self) -> None:
        """Import it."""
        self.api = import_module(self.module)

    @abstractmethod
    def start(self) -> Calls:
        """Start a run."""

    def drain(self) -> None:
        """Wait until what was logged has landed, where it has a way to."""
        return

    @abstractmethod
    def finish(self) -> None:
        """End the run: when this returns, all that was logged can be read."""

    @abstractmethod
    def steps(self, key: str) -> list[int]:
        """The steps of a metric, read from where they landed; also by another process than the one that logged."""

    def recover(self) -> str:
        """Do what its pages say to do after a process was killed; gives a note on what that was."""
        return "read as it is"

    def start_at(self, url: str) -> Calls:
        """Start a run at an HTTP server."""
        raise NotImplementedError(url)
