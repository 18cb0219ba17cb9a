"""A migration, and what it took: one in a process of its own, so that its memory is its own.

`python -m benchmarks.migrate.inside.move SOURCE TARGET FILE [unchecked]`: FILE gets seconds, processor seconds, peak MB
and counts. `unchecked`: without verification, for a target that keeps nothing to be verified.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from tracklayer.migrate import migrate


def main(source: str, target: str, file: str, unchecked: str = "") -> None:
    began, busy = time.perf_counter(), time.process_time()
    summary = migrate(source, target, verify=not unchecked)
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = summary.model_dump(mode="json", include={"copied", "there", "params", "points", "files", "bytes", "failed"})
    said["verified"] = summary.certificate is not None and summary.certificate.clean
    said |= {"seconds": seconds, "cpu": cpu, "peak": peak}
    Path(file).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
