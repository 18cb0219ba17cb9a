"""What is left of a run whose process was killed."""

from __future__ import annotations

from itertools import count
from mmap import mmap
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, NoReturn

from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import MASK, SCALAR, VALUES
from benchmarks.logging.subjects.subject import Subject


def log_for_ever(subject: Subject, request: dict[str, Any], channel: Channel) -> NoReturn:
    """Log until killed, and note each call that returned in a file that outlives the process.

    `pause`: seconds after each call; 0: full speed.
    """
    subject.load()
    scalar = subject.start().scalar
    with Path(request["returned"]).open("r+b") as file:
        returned = memoryview(mmap(file.fileno(), 8)).cast("Q")
    pause = request["pause"]
    channel.say({"at": "logging"})
    for step in count():
        scalar(step, VALUES[step & MASK])
        returned[0] = step + 1
        if pause:
            sleep(pause)
    raise AssertionError("the steps have no end")


def recover(subject: Subject, request: dict[str, Any], _channel: Channel) -> dict[str, Any]:
    """How many of the steps whose calls had returned can be read, after what the subject has for such a case."""
    subject.load()
    began = perf_counter()
    note = subject.recover()
    took = perf_counter() - began
    found = {step for step in subject.steps(SCALAR) if 0 <= step < request["returned"]}
    return {"found": len(found), "seconds": took, "note": note}
