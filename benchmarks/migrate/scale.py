"""More and more runs from `local:` to an archive and back: is the time of a run the same, and the memory?

`python -m benchmarks.migrate.scale [--runs 1000 10000] [--to archive] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.logging.machine import machine
from benchmarks.migrate.measured import FailedError
from benchmarks.migrate.moving import fill, inside, move, place
from benchmarks.migrate.size import Size


def main(arguments: list[str]) -> int:
    wanted = _parser().parse_args(arguments)
    sizes = [replace(Size.of(wanted), runs=runs) for runs in wanted.runs]
    with tempfile.TemporaryDirectory(prefix="tracklayer-scale-") as whole:
        about = machine(Path(whole))
    print("\n".join(f"{key}: {value}" for key, value in about.items()))
    print(f"\n  {'':<26}{'runs':>8}{'seconds':>10}{'ms a run':>10}{'cpu ms':>9}{'peak MB':>9}{'files':>9}", flush=True)
    rows: list[dict[str, Any]] = []
    for size in sizes:
        rows += _one(size, wanted.to)
    for way in dict.fromkeys(row["way"] for row in rows):
        first, *_, last = [row for row in rows if row["way"] == way] * (1 if len(sizes) > 1 else 2)
        print(
            f"  {way}, {last['runs']:,} against {first['runs']:,} runs: a run takes "
            f"{last['ms'] / first['ms']:.2f} times as long, memory is {last['peak'] - first['peak']:+.0f} MB"
        )
    if wanted.json is not None:
        wanted.json.write_text(json.dumps({"about": about, "size": str(sizes[0]), "rows": rows}, indent=1) + "\n")
    return 0


def _one(size: Size, kind: str) -> list[dict[str, Any]]:
    """There and back, at one size."""
    with tempfile.TemporaryDirectory(prefix="tracklayer-scale-") as whole:
        folder = Path(whole)
        source, there, back = (place(folder / name, which, "store") for name, which in _places(kind))
        for name, _ in _places(kind):
            (folder / name).mkdir()
        fill(source, size, folder)
        rows = []
        for way, start, end, home in (
            (f"there: local: to {kind}:", source, there, "there"),
            (f"back: {kind}: to local:", there, back, "back"),
        ):
            took = move(start, end, folder, size)
            row = took | {"way": way, "runs": size.runs, "ms": took["seconds"] / size.runs * 1e3}
            row["on disk"] = inside(folder / home)
            rows.append(row)
            print(
                f"  {way:<26}{size.runs:>8,}{row['seconds']:>10.1f}{row['ms']:>10.2f}"
                f"{row['cpu'] / size.runs * 1e3:>9.2f}{row['peak']:>9.0f}{row['on disk']:>9,}",
                flush=True,
            )
        return rows


def _places(kind: str) -> tuple[tuple[str, str], ...]:
    return ("source", "local"), ("there", kind), ("back", "local")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.migrate.scale", description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--to", choices=["archive", "local"], default="archive", help="the place in the middle")
    Size(0, 20, 5, 20, 1, 1_000).options(parser, apart=["runs"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FailedError as failed:
        sys.exit(f"failed: {failed}")
