"""Trainings of some frameworks, one after the other: `python -m tests.plugins.trainings.main FOLDER MODULE...`.

Each has a folder of its own name in FOLDER, with what it logged in `store.db`, and what went wrong in `error.txt`.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from pathlib import Path


def main(folder: Path, names: list[str]) -> None:
    for name in names:
        own = folder / name
        own.mkdir()
        os.chdir(own)
        try:
            import_module(f"tests.plugins.trainings.{name}").train(own, f"local:{own}/store.db")
        except BaseException:  # noqa: BLE001 -- the next framework is to be tried too
            (own / "error.txt").write_text(traceback.format_exc())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
