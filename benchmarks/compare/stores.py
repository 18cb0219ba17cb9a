"""The same runs in three stores: MLflow's own, `local:`, and `archive:`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.migrate.environment import ours, variables
from benchmarks.migrate.measured import FailedError, run


@dataclass(frozen=True)
class Size:
    """So many runs, and of each so many params, and metrics of so many steps."""

    runs: int
    params: int
    metrics: int
    steps: int

    @classmethod
    def options(cls, parser: ArgumentParser) -> None:
        """Let it be said."""
        for name, default in (("runs", 10_000), ("params", 10), ("metrics", 20), ("steps", 3)):
            parser.add_argument(f"--{name}", type=int, default=default)

    @classmethod
    def of(cls, wanted: Namespace) -> Size:
        """As it was said."""
        return cls(wanted.runs, wanted.params, wanted.metrics, wanted.steps)

    def __str__(self) -> str:
        return f"{self.runs:,} runs x ({self.params} params, {self.metrics} metrics x {self.steps} steps)"


@dataclass(frozen=True)
class Stores:
    """Where the runs are: MLflow's tracking URI, and URLs of ours."""

    mlflow: str
    local: str
    archive: str


def filled(folder: Path, size: Size) -> Stores:
    """The stores, made unless the folder has those of this size already."""
    folder = folder.absolute()
    mlflow, done = folder / "mlflow.db", folder / "size.txt"
    stores = Stores(f"sqlite:///{mlflow}", f"local:{folder / 'store.db'}", f"archive:{folder / 'archive'}")
    if not (done.is_file() and done.read_text(encoding="utf-8") == str(size)):
        if folder.exists():
            raise FailedError(f"{folder} holds something else than stores of {size}: give another folder to --keep")
        folder.mkdir(parents=True)
        steps = {
            "MLflow's store": _inside("fill", str(mlflow), size),
            "local:": _inside("store", stores.local, size),
            "archive:": [ours(), "migrate", stores.local, stores.archive, "--no-verify"],
        }
        for name, command in steps.items():
            print(f"filling {name}", file=sys.stderr, flush=True)
            run(command, folder, variables(folder))
        done.write_text(str(size), encoding="utf-8")
    return stores


def _inside(module: str, place: str, size: Size) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.compare.inside.{module}", place, *map(str, astuple(size))]
