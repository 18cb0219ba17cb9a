"""A difference between two places, named so that a reader finds it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tracklayer.model import Model
from tracklayer.render import text

#: What differs.
What: TypeAlias = Literal[
    "run",
    "experiment",
    "name",
    "status",
    "started",
    "ended",
    "parent",
    "description",
    "user",
    "source",
    "origin",
    "param",
    "tag",
    "input",
    "metric",
    "point",
    "file",
]


class Difference(Model):
    """One difference.

    * `what`, `where`: of which kind, and which of that kind: the key of a param, tag or metric, the path of a file.
    * `source`, `target`: what either place has, in at most 80 characters; `-` for nothing.
    * `reason`: in one line what is wrong; or, of a difference that is explained, why it is to be expected.
    * `run`, `name`: of which run, by its id at the source (of a run that only the target has: there). None: of none.
    """

    what: What
    where: str
    source: str
    target: str
    reason: str
    run: str | None = None
    name: str | None = None

    def line(self) -> str:
        """The whole of it in one line, for a terminal."""
        whose = "" if self.run is None else f"run {self.run}{f' ({self.name})' if self.name else ''}: "
        where = f" {self.where!r}" if self.where else ""
        return text.plain(f"{whose}{self.what}{where}: {self.source} -> {self.target}: {self.reason}")
