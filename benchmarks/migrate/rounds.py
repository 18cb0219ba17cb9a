"""The turns of the tools: a source filled once, a fresh target for each turn, and what each turn took and lost."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.migrate.environment import peer_python, variables
from benchmarks.migrate.fidelity import lost
from benchmarks.migrate.figures import Rounds
from benchmarks.migrate.floor import costs
from benchmarks.migrate.measured import run
from benchmarks.migrate.servers import Server
from benchmarks.migrate.size import Size
from benchmarks.migrate.subjects import start_up, subjects

EXPERIMENT = "bench"
#: By field: how many were lost, of how many.
Losses = dict[str, tuple[int, int]]


def take_turns(
    folder: Path, size: Size, serve: Callable[[Path], Server], rounds: int
) -> tuple[Rounds, dict[str, Losses], dict[str, float]]:
    """Every turn, what each subject lost, and what a call costs the source. The order turns round with each round."""
    turns: Rounds = []
    losses: dict[str, Losses] = {}
    with serve(folder / "source") as source:
        arguments = [source.url, EXPERIMENT, *size.texts()]
        _inside("fill", arguments, folder)
        truth = _read(source, folder)
        cost = costs(source, EXPERIMENT, size)
        start_up(folder)  # which also fills the caches
        coming_up = start_up(folder)
        known = subjects()
        for turn in range(rounds):
            for name in sorted(known, reverse=bool(turn % 2)):
                print(f"round {turn + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
                home = folder / f"{turn}-{name.replace(' ', '')}"
                home.mkdir()
                with serve(home / "target") as target:
                    source.requests()
                    before = (source.cpu(), target.cpu())
                    took = known[name](source, target, EXPERIMENT, home)
                    used = (source.cpu() - before[0], target.cpu() - before[1])
                    asked = (source.requests(), target.requests())
                    if name not in losses:
                        losses[name] = lost(truth, _read(target, home))
                turns.append(
                    {
                        "subject": name,
                        **vars(took),
                        "runs a second": size.runs / took.seconds,
                        "start-up": coming_up[name].seconds,
                        "without start-up": took.seconds - coming_up[name].seconds,
                        "source cpu": used[0],
                        "target cpu": used[1],
                        "requests": sum(map(sum, (counted.values() for counted in asked))),
                        "source requests": asked[0],
                        "target requests": asked[1],
                    }
                )
    return turns, losses, cost


def _inside(module: str, arguments: list[str], folder: Path) -> None:
    """Let the peer's environment run one of `inside/`."""
    run([str(peer_python()), "-m", f"benchmarks.migrate.inside.{module}", *arguments], folder, variables(folder))


def _read(server: Server, folder: Path) -> dict[str, Any]:
    """The experiment as MLflow's client reads it."""
    file = folder / "read.json"
    _inside("read", [server.url, EXPERIMENT, str(file)], folder)
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read
