"""MLflow's client over tracklayer's store in `local:`, against the same client over MLflow's SQLite store.

`python -m benchmarks.plugin [--calls 2000] [--runs 10000] [--params 10] [--metrics 20] [--steps 3] [--rounds 3]`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.compare.stores import Size
from benchmarks.compare.turns import Turns, check_alike, in_turns, spread, table, times
from benchmarks.logging.machine import machine
from benchmarks.migrate.environment import variables
from benchmarks.migrate.measured import FailedError, run

PEER, OURS = "MLflow's SQLite store", "tracklayer+local:"
#: A call of ours is to take at most this part of the peer's; a search no longer than the peer's.
CALL, SEARCH = 20.0, 1.0
ROWS = {
    "call": ("log_metric, median us", 0),
    "p99": ("log_metric, 99th percentile us", 0),
    "whole": ("us a call, until the run has ended", 0),
    "seconds": ("search_runs, seconds", 2),
    "cpu": ("search_runs, processor s", 2),
}
#: What is compared, with its bar.
BARS = {"call": CALL, "whole": None, "seconds": SEARCH, "cpu": SEARCH}


def main(arguments: list[str]) -> int:
    wanted = _parser().parse_args(arguments)
    size = Size.of(wanted)
    with tempfile.TemporaryDirectory(prefix="tracklayer-plugin-") as whole:
        folder = Path(whole)
        about = machine(folder)
        print("\n".join(f"{key}: {value}" for key, value in about.items()))
        print(f"{wanted.calls:,} calls; {size}; medians of {wanted.rounds} rounds", flush=True)
        turns = _turns(folder, wanted.calls, size, wanted.rounds)
    print("\n".join(_figures(turns)))
    if wanted.json is not None:
        wanted.json.write_text(json.dumps({"about": about, "size": str(size), "turns": turns}, indent=1) + "\n")
    return 0


def _turns(folder: Path, calls: int, size: Size, rounds: int) -> Turns:
    """What each took."""
    filled = {PEER: f"sqlite:///{folder}/filled.db", OURS: f"{OURS}{folder}/filled-store.db"}
    of = list(map(str, astuple(size)))
    _do(folder, "benchmarks.compare.inside.fill", f"{folder}/filled.db", *of)
    _do(folder, "benchmarks.compare.inside.store", f"local:{folder}/filled-store.db", *of)
    said = folder / "said.json"

    def measure(name: str, turn: int) -> dict[str, Any]:
        fresh = {PEER: f"sqlite:///{folder}/{turn}.db", OURS: f"{OURS}{folder}/{turn}-store.db"}[name]
        _do(folder, "benchmarks.plugin.calls", fresh, str(calls), str(said))
        logged = json.loads(said.read_text(encoding="utf-8"))
        _do(folder, "benchmarks.compare.inside.read", "mlflow", filled[name], str(said))
        return {**logged, **json.loads(said.read_text(encoding="utf-8"))}

    turns = in_turns(filled, rounds, measure)
    check_alike(turns, PEER)
    return turns


def _do(folder: Path, module: str, *arguments: str) -> None:
    run([sys.executable, "-m", module, *arguments], folder, variables(folder))


def _figures(turns: Turns) -> Iterator[str]:
    yield from table(turns, ROWS, titles=38, width=26)
    for figure, bar in BARS.items():
        found = times(turns, PEER, OURS, figure)
        said = f"  {ROWS[figure][0]}: {spread(found)} (min, median, max)"
        verdict = "yes" if bar is None or median(found) >= bar else "NO"
        yield said if bar is None else f"{said}; bar: at least {bar:g} times: {verdict}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.plugin", description=__doc__)
    Size.options(parser)
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FailedError as failed:
        sys.exit(f"failed: {failed}")
