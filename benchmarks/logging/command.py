"""The command: reads what is wanted, lets the subjects take turns, prints and stores what came out."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from benchmarks.logging.bars import bars
from benchmarks.logging.bench import Bench
from benchmarks.logging.machine import machine
from benchmarks.logging.peers import PEERS
from benchmarks.logging.plan import MEASURES, Measure
from benchmarks.logging.table import tables
from benchmarks.logging.turns import take_turns


def main(arguments: list[str]) -> int:
    """Measure, print, store; 0 unless nothing at all could be measured."""
    wanted = _parser().parse_args(arguments)
    names = [name for name in PEERS if name in wanted.only] or list(PEERS)
    measures = [measure for measure in MEASURES if measure.name in wanted.only] or MEASURES
    signal.signal(signal.SIGTERM, _stopped)
    try:
        return _run(wanted, names, measures)
    except KeyboardInterrupt:
        print("interrupted: all is ended and removed", file=sys.stderr)
        return 130


def _run(wanted: argparse.Namespace, names: list[str], measures: list[Measure]) -> int:
    began = time.monotonic()
    with Bench(quick=wanted.quick) as bench:
        about = machine(bench.folder) | {"quick": wanted.quick, "began": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
        subjects = bench.prepare(names)
        print("\n".join(f"{key}: {value}" for key, value in about.items()))
        print("\n".join(f"  {name:<14}{subject.about}" for name, subject in subjects.items()), flush=True)
        results = take_turns(bench, subjects, measures)
        packages = {name: subject.packages for name, subject in subjects.items()}
    about["seconds"] = f"{time.monotonic() - began:.0f}"
    verdicts = bars(results)
    print("\n".join(tables(measures, results, quick=wanted.quick)))
    print("\nbars\n" + "\n".join(f"  {line}" for line in verdicts))
    print(f"\ntook {about['seconds']} s")
    if wanted.json is not None:
        wanted.json.write_text(
            json.dumps({"about": about, "packages": packages, "results": results, "bars": verdicts}, indent=1) + "\n",
            encoding="utf-8",
        )
    return 0 if any("failed" not in one for taken in results.values() for each in taken.values() for one in each) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python benchmarks/logging", description="What logging costs, with tracklayer and peers."
    )
    parser.add_argument("--quick", action="store_true", help="one short round of everything: a look, no figures")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        choices=[*PEERS, *(measure.name for measure in MEASURES)],
        help=f"subjects ({', '.join(PEERS)}) and measures ({', '.join(one.name for one in MEASURES)}); ratios and bars "
        "need the subject tracklayer too",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures there")
    return parser


def _stopped(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Leave by an exception, so that the processes are ended and the folders removed."""
    sys.exit(143)
