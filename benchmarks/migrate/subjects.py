"""The tools that move an experiment, each as its users run it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.migrate.environment import ours, peer_python, variables
from benchmarks.migrate.measured import Measured, run
from benchmarks.migrate.servers import Server

#: Moves the experiment of that name between two servers, in a folder of its own.
Subject = Callable[[Server, Server, str, Path], Measured]
OURS, PEER = "tracklayer", "mlflow-export-import"
UNCHECKED = "tracklayer --no-verify"


def tracklayer(source: Server, target: Server, experiment: str, folder: Path, *more: str) -> Measured:
    """One command; it verifies what it copied unless told otherwise."""
    command = [ours(), "migrate", source.tracklayer_url, target.tracklayer_url, "--experiment", experiment, *more]
    return run(command, folder, variables(folder))


def unchecked(source: Server, target: Server, experiment: str, folder: Path) -> Measured:
    """The same, without its verification."""
    return tracklayer(source, target, experiment, folder, "--no-verify")


def export_import(source: Server, target: Server, experiment: str, folder: Path) -> Measured:
    """Two commands: onto the disk, and from there."""
    scripts, dump = peer_python().parent, str(folder / "export")
    away = [str(scripts / "export-experiment"), "--experiment", experiment, "--output-dir", dump]
    home = [str(scripts / "import-experiment"), "--experiment-name", experiment, "--input-dir", dump]
    exported = run(away, folder, variables(folder, MLFLOW_TRACKING_URI=source.url))
    return exported + run(home, folder, variables(folder, MLFLOW_TRACKING_URI=target.url))


def verifies() -> bool:
    """Does the `tracklayer` at hand verify what it migrates?"""
    said = subprocess.run([ours(), "migrate", "--help"], capture_output=True, text=True, check=True)
    return "--no-verify" in said.stdout


def start_up(folder: Path) -> dict[str, Measured]:
    """What the commands of each take to come up and say what they can do: imports, nothing else."""
    scripts, env = peer_python().parent, variables(folder)
    own = run([ours(), "migrate", "--help"], folder, env)
    peer = [run([str(scripts / name), "--help"], folder, env) for name in ("export-experiment", "import-experiment")]
    return {OURS: own, UNCHECKED: own, PEER: peer[0] + peer[1]}


def subjects() -> dict[str, Subject]:
    """By name."""
    known: dict[str, Subject] = {OURS: tracklayer, PEER: export_import}
    return known | {UNCHECKED: unchecked} if verifies() else known
