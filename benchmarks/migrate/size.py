"""How much is moved; nothing but the standard library, so that it works in the peer's environment too."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from math import ceil

#: Points that MLflow takes in one call: MAX_METRICS_PER_BATCH of mlflow/utils/validation.py.
BATCH = 1_000


@dataclass(frozen=True)
class Size:
    """So many runs, and of each so many params, metrics of so many steps, and files of so many bytes."""

    runs: int
    params: int
    metrics: int
    steps: int
    files: int
    bytes: int

    @classmethod
    def read(cls, texts: Sequence[str]) -> Size:
        """What `texts` has made of one."""
        return cls(*map(int, texts))

    @classmethod
    def of(cls, wanted: argparse.Namespace) -> Size:
        """What the options say that `options` has added."""
        return cls(*(getattr(wanted, field.name) for field in fields(cls)))

    def options(self, parser: argparse.ArgumentParser, *, apart: Sequence[str] = ()) -> None:
        """Let each be said by an option, whose default is the one of this size; but not those that stand `apart`."""
        for field in fields(self):
            if field.name not in apart:
                parser.add_argument(f"--{field.name}", type=int, default=getattr(self, field.name))

    def texts(self) -> list[str]:
        """As arguments of a command."""
        return [str(count) for count in astuple(self)]

    @property
    def points(self) -> int:
        """Of all runs."""
        return self.runs * self.metrics * self.steps

    @property
    def batches(self) -> int:
        """Calls that the points of a run take."""
        return ceil(self.metrics * self.steps / BATCH)

    def __str__(self) -> str:
        points = f"{self.metrics} metrics x {self.steps:,} steps"
        return f"{self.runs:,} runs x ({self.params} params, {points}, {self.files} files of {self.bytes:,} B)"
