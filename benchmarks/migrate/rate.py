"""Points a second into an MLflow server that can take them: a stand-in, which counts points and throws them away.

`python -m benchmarks.migrate.rate [--runs 20] [--steps 5000] [--rounds 3] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.logging.machine import machine
from benchmarks.migrate.measured import FailedError
from benchmarks.migrate.moving import fill, move, place
from benchmarks.migrate.servers import StandIn
from benchmarks.migrate.size import Size

#: Points a second.
BAR = 50_000


def main(arguments: list[str]) -> int:
    wanted = _parser().parse_args(arguments)
    size = Size.of(wanted)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="tracklayer-rate-") as whole:
        folder = Path(whole)
        about = machine(folder) | {"size": str(size), "target": "a stand-in that counts points and keeps none"}
        about["verification"] = "off: there is nothing to be verified"
        print("\n".join(f"{key}: {value}" for key, value in about.items()), flush=True)
        source = place(folder, "local", "source")
        fill(source, size, folder)
        print(f"\n  {'':<10}{'points/s':>12}{'seconds':>10}{'cpu s, client':>15}{'cpu s, stand-in':>17}{'peak MB':>9}")
        for turn in range(wanted.rounds):
            rows.append(_one(source, size, folder, str(turn)))
            print(
                f"  round {turn + 1:<4}{{rate:>12,.0f}}{{seconds:>10.1f}}{{cpu:>15.1f}}{{served:>17.1f}}"
                "{peak:>9.0f}".format(**rows[-1]),
                flush=True,
            )
    rate = median(row["rate"] for row in rows)
    print(f"  bar: at least {BAR:,} points a second: {'yes' if rate >= BAR else 'NO'}, {rate:,.0f}")
    if wanted.json is not None:
        wanted.json.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


def _one(source: str, size: Size, folder: Path, turn: str) -> dict[str, Any]:
    with StandIn(folder / turn, keep=False) as target:
        used = target.cpu()
        took = move(source, target.tracklayer_url, folder, size, check=False)
        served, counted = target.cpu() - used, target.points()
    if counted != size.points:
        raise FailedError(f"the stand-in was given {counted:,} of {size.points:,} points")
    return took | {"rate": size.points / took["seconds"], "served": served}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.migrate.rate", description=__doc__)
    Size(20, 10, 10, 5_000, 0, 0).options(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FailedError as failed:
        sys.exit(f"failed: {failed}")
