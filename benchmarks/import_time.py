"""What it costs to import tracklayer, and to import mlflow, in fresh interpreters that take turns.

`python benchmarks/import_time.py [ROUNDS]` prints medians in milliseconds, and ratios with Python alone taken off.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from statistics import median

STATEMENTS = {
    "python alone": "pass",
    "import tracklayer": "import tracklayer",
    "import mlflow": "import mlflow",
}
QUIET = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def timed(statement: str) -> tuple[float, float]:
    """Wall and processor milliseconds of a fresh Python that runs one statement."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], env=QUIET, check=True, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - began
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1e3, (now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime) * 1e3


def main(rounds: int) -> None:
    """Measure and print."""
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in STATEMENTS}
    for turn in range(rounds + 1):
        for name, statement in STATEMENTS.items():
            taken = timed(statement)
            if turn:  # the first round fills the caches
                measured[name].append(taken)
    walls = {name: median(wall for wall, _ in taken) for name, taken in measured.items()}
    processors = {name: median(cpu for _, cpu in taken) for name, taken in measured.items()}
    print(f"medians of {rounds} rounds, ms{'wall':>21}{'cpu':>9}")
    for name in STATEMENTS:
        print(f"{name:<30}{walls[name]:>12.0f}{processors[name]:>9.0f}")
    for label, medians in (("wall", walls), ("cpu", processors)):
        ours, theirs = (medians[name] - medians["python alone"] for name in ("import tracklayer", "import mlflow"))
        print(f"{label}: importing mlflow costs {theirs / ours:.1f} times what importing tracklayer costs")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
