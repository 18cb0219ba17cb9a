"""Moving an experiment between two MLflow servers, with tracklayer and with mlflow-export-import, in turns.

`python -m benchmarks.migrate.peer [--runs 100] [--rounds 3] [--workers 1] [--stand-ins [--pause MS]] [--json FILE]`

It prints wall time, processor time of the tools and of the servers, requests, what each tool lost, and the floor that
the servers' own processor time sets for any tool. `--stand-ins` puts servers in memory there instead of MLflow's, which
are not in the way: what is left is the tools' own time, and what `--pause` lets each answer wait, as a network does.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from benchmarks.logging.machine import machine
from benchmarks.migrate.environment import peer_packages
from benchmarks.migrate.fidelity import table
from benchmarks.migrate.figures import bounds, figures, requests
from benchmarks.migrate.measured import FailedError
from benchmarks.migrate.rounds import take_turns
from benchmarks.migrate.servers import MlflowServer, Server, StandIn
from benchmarks.migrate.size import Size
from benchmarks.migrate.subjects import verifies


def main(arguments: list[str]) -> int:
    wanted = _parser().parse_args(arguments)
    size = Size.of(wanted)
    signal.signal(signal.SIGTERM, _stopped)
    with tempfile.TemporaryDirectory(prefix="tracklayer-migrate-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        about = machine(folder) | peer_packages() | {"size": str(size), "rounds": wanted.rounds}
        about["verification"] = "on" if verifies() else "ours does not verify yet"
        about["servers"] = f"MLflow's, SQLite, {wanted.workers} worker(s) each"
        if wanted.stand_ins:
            about["servers"] = f"stand-ins in memory, which answer after {wanted.pause:g} ms"
        print("\n".join(f"{key}: {value}" for key, value in about.items()), flush=True)
        turns, losses, cost = take_turns(folder, size, partial(_server, wanted), wanted.rounds)
    lines = [*figures(turns), *requests(turns), "", "  read by MLflow's client:", *table(losses)]
    if not wanted.stand_ins:
        lines += bounds(turns, cost, size, wanted.workers)
    print("\n".join(lines))
    if wanted.json is not None:
        found = {"about": about, "turns": turns, "lost": losses, "cost": cost, "lines": lines}
        wanted.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _server(wanted: argparse.Namespace, folder: Path) -> Server:
    if wanted.stand_ins:
        return StandIn(folder, keep=True, pause=wanted.pause)
    return MlflowServer(folder, workers=wanted.workers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.migrate.peer", description=__doc__)
    Size(100, 20, 10, 100, 3, 100_000).options(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="of each of MLflow's servers")
    parser.add_argument("--stand-ins", action="store_true", help="servers in memory instead of MLflow's")
    parser.add_argument("--pause", type=float, default=0, help="milliseconds that a stand-in waits before it answers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every turn's figures there")
    return parser


def _stopped(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Leave by an exception, so that the servers are ended and the folders removed."""
    sys.exit(143)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FailedError as failed:
        sys.exit(f"failed: {failed}")
