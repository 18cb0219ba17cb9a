"""Runs of a place in a frame: from `local:` and from `archive:`, against `mlflow.search_runs` over the same runs.

`python -m benchmarks.compare [--runs 10000] [--params 10] [--metrics 20] [--steps 3] [--rounds 3] [--keep FOLDER]`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.compare.stores import Size, Stores, filled
from benchmarks.compare.turns import Turns, check_alike, in_turns, spread, table, times
from benchmarks.logging.machine import machine
from benchmarks.migrate.environment import variables
from benchmarks.migrate.measured import FailedError, run

PEER = "mlflow.search_runs"
#: Ours is to be this many times as fast as the peer.
BAR = 10.0
#: What is shown of a turn: title and digits.
ROWS = {
    "seconds": ("seconds", 2),
    "cpu": ("processor s", 2),
    "peak": ("peak MB", 0),
    "grown": ("MB above what imports take", 0),
    "imports": ("processor s of imports, apart", 2),
}


def main(arguments: list[str]) -> int:
    wanted = _parser().parse_args(arguments)
    size = Size.of(wanted)
    with tempfile.TemporaryDirectory(prefix="tracklayer-compare-") as whole:
        folder = Path(whole)
        about = machine(folder)
        print("\n".join(f"{key}: {value}" for key, value in about.items()))
        print(f"{size}; medians of {wanted.rounds} rounds", flush=True)
        stores = filled(wanted.keep or folder / "stores", size)
        turns = _turns(folder, stores, wanted.rounds)
    print("\n".join(_figures(turns)))
    if wanted.json is not None:
        wanted.json.write_text(json.dumps({"about": about, "size": str(size), "turns": turns}, indent=1) + "\n")
    return 0


def _turns(folder: Path, stores: Stores, rounds: int) -> Turns:
    """What each reading took."""
    subjects = {
        "local: to Arrow": ("arrow", stores.local),
        "local: to pandas": ("pandas", stores.local),
        "archive: to Arrow": ("arrow", stores.archive),
        PEER: ("mlflow", stores.mlflow),
    }
    turns = in_turns(subjects, rounds, lambda name, _: _read(folder, *subjects[name]))
    check_alike(turns, PEER)
    return turns


def _read(folder: Path, how: str, place: str) -> dict[str, Any]:
    file = folder / "read.json"
    run([sys.executable, "-m", "benchmarks.compare.inside.read", how, place, str(file)], folder, variables(folder))
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return said | {"grown": said["peak"] - said["before"]}


def _figures(turns: Turns) -> Iterator[str]:
    yield from table(turns, ROWS, titles=30, width=max(map(len, turns)) + 2)
    for name in turns:
        if name != PEER:
            clock, cpu = (times(turns, PEER, name, figure) for figure in ("seconds", "cpu"))
            yield (
                f"  {PEER} over {name}: seconds {spread(clock)}, processor {spread(cpu)} (min, median, max of rounds)"
            )
            verdict = "yes" if median(cpu) >= BAR and median(clock) >= BAR else "NO"
            yield f"  bar: at least {BAR:.0f} times as fast: {verdict}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.compare", description=__doc__)
    Size.options(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the stores there, and use those that are")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FailedError as failed:
        sys.exit(f"failed: {failed}")
