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
Turns = dict[str, list[dict[str, Any]]]


def main(arguments: list[str]) -> int:
    wanted = _parser().parse_args(arguments)
    size = Size(wanted.runs, wanted.params, wanted.metrics, wanted.steps)
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
    """What each reading took. The order turns round with each round."""
    subjects = {
        "local: to Arrow": ("arrow", stores.local),
        "local: to pandas": ("pandas", stores.local),
        "archive: to Arrow": ("arrow", stores.archive),
        PEER: ("mlflow", stores.mlflow),
    }
    turns: Turns = {name: [] for name in subjects}
    for turn in range(rounds):
        for name in sorted(subjects, reverse=bool(turn % 2)):
            print(f"round {turn + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            turns[name].append(_read(folder, *subjects[name]))
    truth = turns[PEER][0]
    for name, taken in turns.items():
        for one in taken:
            for held in ("runs", "metrics", "params"):
                if one[held] != truth[held]:
                    raise FailedError(f"{name} holds other {held} than {PEER}")
    return turns


def _read(folder: Path, how: str, place: str) -> dict[str, Any]:
    file = folder / "read.json"
    run([sys.executable, "-m", "benchmarks.compare.inside.read", how, place, str(file)], folder, variables(folder))
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return said | {"grown": said["peak"] - said["before"]}


def _figures(turns: Turns) -> Iterator[str]:
    width = max(map(len, turns)) + 2
    yield f"\n  {'':<30}" + "".join(f"{name:>{width}}" for name in turns)
    for figure, (title, digits) in ROWS.items():
        shown = (f"{median(one[figure] for one in taken):>{width},.{digits}f}" for taken in turns.values())
        yield f"  {title:<30}" + "".join(shown)
    yield ""
    for name, taken in turns.items():
        if name != PEER:
            clock, cpu = (
                sorted(theirs[figure] / ours[figure] for theirs, ours in zip(turns[PEER], taken, strict=True))
                for figure in ("seconds", "cpu")
            )
            yield (
                f"  {PEER} over {name}: seconds {clock[0]:.1f} / {median(clock):.1f} / {clock[-1]:.1f} times,"
                f" processor {cpu[0]:.1f} / {median(cpu):.1f} / {cpu[-1]:.1f} times (min, median, max of rounds)"
            )
            verdict = "yes" if median(cpu) >= BAR and median(clock) >= BAR else "NO"
            yield f"  bar: at least {BAR:.0f} times as fast: {verdict}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.compare", description=__doc__)
    for name, default in (("runs", 10_000), ("params", 10), ("metrics", 20), ("steps", 3), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the stores there, and use those that are")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FailedError as failed:
        sys.exit(f"failed: {failed}")
