"""`kill -9` of a process that logs at full speed, and what can be had back."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from random import uniform
from typing import Any

from benchmarks.logging.bench import Bench, Subject
from benchmarks.logging.processes import Message

#: Seconds between the first call and the kill.
WINDOW = (0.7, 1.3)
#: Seconds to begin, and to recover.
LIMIT = 300.0
#: Seconds for helpers that live on to write down what they have.
PATIENCE = 15.0


def killed(bench: Bench, subject: Subject, request: Message, folder: str) -> dict[str, Any]:
    """Let it log, kill its group at a random moment, and count in another process what it has kept.

    `helpers`: kill its helpers too that left the group; else they get some time to end by themselves.
    """
    returned = Path(folder) / "returned"
    returned.write_bytes(bytes(8))
    child = bench.start(subject, "log for ever", {"returned": str(returned), "pause": request["pause"]}, folder)
    try:
        child.hear(LIMIT)
        time.sleep(uniform(*WINDOW))  # noqa: S311 - a moment, no secret
        helpers = bench.helpers(child) if request["helpers"] else []
        for end, process in ((os.killpg, child.process.pid), *((os.kill, helper) for helper in helpers)):
            with suppress(ProcessLookupError):
                end(process, signal.SIGKILL)
    finally:
        child.kill()
        child.close()
        bench.tidy(PATIENCE)
    count = int.from_bytes(returned.read_bytes(), "little")
    found = bench.ask(subject, "recover", {"returned": count}, folder, limit=LIMIT)
    return {
        "percent": found["found"] / count * 100 if count else 0.0,
        "lost": count - found["found"],
        "returned": count,
        "seconds": found["seconds"],
        "note": found["note"],
    }
