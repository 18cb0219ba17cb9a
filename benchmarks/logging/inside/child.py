"""The process of a subject, which measures one thing: `python -m benchmarks.logging.inside.child MODULE CLASS MEASURE`.

It runs in the subject's own environment, so it imports nothing but the standard library and, when told to, the subject.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.logging.inside import calls, gone, kill, loop, memory, packages, start, sustained
from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.subjects.subject import Subject

MEASURES: dict[str, Callable[[Subject, dict[str, Any], Channel], dict[str, Any]]] = {
    "packages": packages.packages,
    "start": start.start,
    "calls": calls.calls,
    "sustained": sustained.sustained,
    "loop": loop.loop,
    "memory": memory.memory,
    "log for ever": kill.log_for_ever,
    "recover": kill.recover,
    "gone": gone.gone,
}


def main(module: str, name: str, measure: str) -> None:
    """Measure what was asked for, and say it."""
    channel = Channel()
    request = channel.hear()
    subject: Subject = getattr(import_module(f"benchmarks.logging.subjects.{module}"), name)(Path.cwd())
    try:
        channel.say({"done": MEASURES[measure](subject, request, channel)})
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its result
        channel.say({"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"})


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)  # runs that matter have ended: nobody waits for what a peer does with the others at exit
