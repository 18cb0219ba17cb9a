"""Processes that log until they are killed: `python victims.py PLACE COUNT SECONDS PAUSE`.

Each is a fork of one process that has imported everything, in a process group of its own, and is sent SIGKILL at a
random moment. How many of its calls had returned by then stands in memory that it shares with its maker, which writes
a JSON line for each: `{"name": ..., "points": ..., "params": ..., "files": ...}`.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import select
import signal
import struct
import sys

import tracklayer as tl

COUNTS = struct.Struct("<3q")
AT_ONCE = 3
#: How many of them may be killed while they start; the others have logged something, however busy the machine is.
AT_ANY_MOMENT = 0.2


def log_for_ever(place: str, name: str, pause: float, shared: mmap.mmap) -> None:
    """A victim: counts each call that has returned."""
    points = params = files = 0
    run = tl.start_run("victims", name=name, to=place)
    while True:
        run.log_metric("loss", float(points), step=points)
        points += 1
        COUNTS.pack_into(shared, 0, points, params, files)
        if pause:
            select.select([], [], [], pause)
        if points % 40 == 0:
            run.log_param(f"p{params}", params)
            params += 1
            COUNTS.pack_into(shared, 0, points, params, files)
        if points % 400 == 0:
            run.log_text(f"{files}", f"{files}.txt")
            files += 1
            COUNTS.pack_into(shared, 0, points, params, files)


def victim(place: str, name: str, pause: float) -> tuple[int, mmap.mmap]:
    """Start one; its process and what it shares."""
    shared = mmap.mmap(-1, COUNTS.size)
    child = os.fork()
    if child == 0:
        os.setsid()
        log_for_ever(place, name, pause, shared)
    return child, shared


def kill(child: int) -> None:
    """The whole group; or, before it has one, the process."""
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def wait_for_points(shared: mmap.mmap) -> None:
    """Wait until a victim has logged its first point; not for ever."""
    for _ in range(6_000):
        if COUNTS.unpack(shared[: COUNTS.size])[0]:
            return
        select.select([], [], [], 0.005)


def main(place: str, count: int, longest: float, pause: float) -> None:
    """Start, wait for a random moment, kill, tell."""
    drawn = random.Random(count)  # noqa: S311 -- moments
    names = [f"victim {number}" for number in range(count)]
    while names:
        some = [names.pop() for _ in range(min(AT_ONCE, len(names)))]
        started = [(name, *victim(place, name, pause)) for name in some]
        for name, child, shared in started:
            if drawn.random() > AT_ANY_MOMENT:
                wait_for_points(shared)
            select.select([], [], [], drawn.uniform(0.02, longest))
            kill(child)
            points, params, files = COUNTS.unpack(shared[: COUNTS.size])
            print(json.dumps({"name": name, "points": points, "params": params, "files": files}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
