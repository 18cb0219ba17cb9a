"""What the benchmarks without a peer share: a source filled, and runs moved, each in a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.migrate.environment import variables
from benchmarks.migrate.measured import FailedError, run
from benchmarks.migrate.size import Size


def fill(url: str, size: Size, folder: Path) -> None:
    """Write so many runs there."""
    command = [sys.executable, "-m", "benchmarks.migrate.inside.store", url, *size.texts()]
    run(command, folder, variables(folder))


def move(source: str, target: str, folder: Path, size: Size, *, check: bool = True) -> dict[str, Any]:
    """What a migration took, with its verification unless not `check`. `FailedError` when it did not copy all."""
    file = folder / "moved.json"
    command = [sys.executable, "-m", "benchmarks.migrate.inside.move", source, target, str(file)]
    run(command if check else [*command, "unchecked"], folder, variables(folder))
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    whole = {
        "copied": size.runs,
        "params": size.runs * size.params,
        "points": size.points,
        "files": size.runs * size.files,
        "bytes": size.runs * size.files * size.bytes,
    }
    short = {name: said[name] for name, count in whole.items() if said[name] != count}
    if check and not said["verified"]:
        raise FailedError(f"{source} to {target}: its certificate is missing, or not clean")
    if short or said["failed"]:
        raise FailedError(f"{source} to {target}: moved {short} of {whole}; failed: {said['failed'][:3]}")
    return said


def place(folder: Path, kind: str, name: str) -> str:
    """The URL of a place of that kind: `local` or `archive`."""
    return f"{kind}:{folder / name}" + (".db" if kind == "local" else "")


def inside(folder: Path) -> int:
    """How many files a folder holds, at any depth."""
    return sum(1 for found in folder.rglob("*") if found.is_file())
