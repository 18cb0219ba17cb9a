"""Points a second, from the first call until all of them can be read."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import MASK, ROW, ROWS, SCALAR, VALUES
from benchmarks.logging.inside.reading import read_back
from benchmarks.logging.subjects.subject import Subject

#: Calls between two looks at the clock.
PIECE = 200


def sustained(subject: Subject, request: dict[str, Any], _channel: Channel) -> dict[str, Any]:
    """Log `calls` times, or for `seconds` seconds; end the run; count what can be read, which is not timed."""
    subject.load()
    scalar, row = subject.start()
    many, seconds = request["calls"], request["seconds"]
    began = perf_counter()
    done = 0
    while done < many and perf_counter() - began < seconds:
        if request["row"]:
            for step in range(done, done + PIECE):
                row(step, ROWS[step & MASK])
        else:
            for step in range(done, done + PIECE):
                scalar(step, VALUES[step & MASK])
        done += PIECE
    called = perf_counter()
    subject.finish()
    landed = perf_counter()
    keys = ROW if request["row"] else [SCALAR]
    points = done * len(keys)
    at_once, stored = read_back(subject, keys, points)
    return {
        "rate": points / (landed - began),
        "points": points,
        "at_once": at_once / points * 100,
        "stored": stored / points * 100,
        "calling": called - began,
        "landing": landed - called,
    }
