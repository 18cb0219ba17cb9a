"""One run with millions of points and a file of gigabytes: how much memory does it take to move it?

`python -m benchmarks.migrate.bulk [--points 10000000] [--bytes 2000000000] [--to archive local] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.logging.machine import machine
from benchmarks.migrate.measured import FailedError
from benchmarks.migrate.moving import fill, move, place
from benchmarks.migrate.size import Size

#: Megabytes.
BAR = 300


def main(arguments: list[str]) -> int:
    wanted = _parser().parse_args(arguments)
    size = Size(1, 20, wanted.metrics, wanted.points // wanted.metrics, 1, wanted.bytes)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="tracklayer-bulk-") as whole:
        folder = Path(whole)
        about = machine(folder) | {"size": str(size)}
        print("\n".join(f"{key}: {value}" for key, value in about.items()), flush=True)
        source = place(folder, "local", "source")
        fill(source, size, folder)
        print(f"\n  {'':<22}{'seconds':>9}{'cpu s':>9}{'peak MB':>9}", flush=True)
        for kind in wanted.to:
            there, back = place(folder, kind, f"{kind}-there"), place(folder, "local", f"{kind}-back")
            for way, start, end in ((f"local: to {kind}:", source, there), (f"{kind}: to local:", there, back)):
                took = move(start, end, folder, size)
                rows.append(took | {"way": way})
                print(f"  {way:<22}{took['seconds']:>9.1f}{took['cpu']:>9.1f}{took['peak']:>9.0f}", flush=True)
    peak = max(row["peak"] for row in rows)
    print(f"  bar: peak memory below {BAR} MB: {'yes' if peak < BAR else 'NO'}, {peak:.0f}")
    if wanted.json is not None:
        wanted.json.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.migrate.bulk", description=__doc__)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--metrics", type=int, default=10, help="that the points are of, in equal parts")
    parser.add_argument("--bytes", type=int, default=2_000_000_000, help="of the file")
    parser.add_argument("--to", choices=["archive", "local"], nargs="+", default=["archive", "local"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FailedError as failed:
        sys.exit(f"failed: {failed}")
