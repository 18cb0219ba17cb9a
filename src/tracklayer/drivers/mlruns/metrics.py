"""The file of one metric: a line a point, `time value step`, as MLflow appends them.

* Read a block at a time, however long the file is. * `time` is in milliseconds; without a step, it is 0.
* Behind the step there may be the name and digest of a data set, which is left unread; MLflow's own reader then takes
  the step for 0 (file_store.py: _get_metric_from_line), the true one is read here.
* A line that is none, and a last line without its end, is left out and counted.
"""

from __future__ import annotations

import math
from pathlib import Path

from tracklayer.drivers.mlflow.shapes import Metric

#: Bytes of a block: about 35,000 points.
BLOCK = 2**20
MOST_STEP = 2**63


def last(path: Path, key: str) -> tuple[Metric | None, int]:
    """The point of the highest step, time and value, NaN above all; and how many lines were left out."""
    highest, found, bad = (-MOST_STEP, -MOST_STEP, False, 0.0), None, 0
    at: int | None = 0
    while at is not None:
        points, left_out, at = page(path, key, at)
        bad += left_out
        for point in points:
            odd = math.isnan(point.value)
            rank = (point.step, point.timestamp, odd, 0.0 if odd else point.value)
            if found is None or rank > highest:
                highest, found = rank, point
    return found, bad


def page(path: Path, key: str, at: int) -> tuple[list[Metric], int, int | None]:
    """The points from a byte on, how many lines were left out, and where the next page begins; None at the end."""
    with path.open("rb") as file:
        file.seek(at)
        block = file.read(BLOCK)
        whole = block.rfind(b"\n") + 1
        if len(block) < BLOCK:
            lines, torn, ahead = block[:whole], block[whole:].strip(), None
        elif whole:
            lines, torn, ahead = block[:whole], b"", at + whole
        else:  # a line as long as a block is no point
            rest = file.readline(BLOCK)
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(BLOCK)
            lines, torn, ahead = b"", b"torn", file.tell()
    points = [_point(key, line) for line in lines.splitlines()]
    sound = [point for point in points if point is not None]
    return sound, len(points) - len(sound) + bool(torn), ahead


def _point(key: str, line: bytes) -> Metric | None:
    parts = line.split(None, 3)
    try:
        step = int(parts[2]) if len(parts) > 2 else 0  # noqa: PLR2004 -- the third field
        point = Metric(key, float(parts[1]), int(parts[0]), step)
    except (ValueError, IndexError):
        return None
    return point if -MOST_STEP <= step < MOST_STEP else None
