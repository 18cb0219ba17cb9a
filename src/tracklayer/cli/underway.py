"""Underway: how far a migration is, for a reader and for a program."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from tracklayer.cli.output import emit, progress

if TYPE_CHECKING:
    from tracklayer.migrate.summary import Progress

#: Seconds between two lines for a program, at least.
PAUSE = 1.0


@contextmanager
def bars() -> Iterator[Callable[[Progress], None]]:
    """A bar for each phase: runs, what has moved, runs and bytes a second, and the time left."""
    from tracklayer.render import text  # noqa: PLC0415

    with progress("moved", "rate", left=True) as shown:
        tasks = {"copy": shown.add_task("looking for runs", total=None, moved="", rate="")}
        began = {"copy": time.monotonic()}

        def tell(now: Progress) -> None:
            if now.phase not in tasks:
                shown.remove_task(tasks["copy"])
                tasks[now.phase] = shown.add_task("", total=None, moved="", rate="")
                began[now.phase] = time.monotonic()
            passed = max(time.monotonic() - began[now.phase], 0.001)
            shown.update(
                tasks[now.phase],
                total=now.total,
                completed=now.done,
                moved=f"{now.points:,} points, {now.files:,} files, {text.size(now.bytes)}",
                rate=f"{now.done / passed:.1f} runs/s, {text.size(int(now.bytes / passed))}/s",
                description="verifying" if now.phase == "verify" else text.shortened(text.plain(now.run), 24),
            )

        yield tell


@contextmanager
def events() -> Iterator[Callable[[Progress], None]]:
    """A JSON line when a phase begins, then one a second, and one when all of its runs are done."""
    told: dict[str, float] = {}

    def tell(now: Progress) -> None:
        moment = time.monotonic()
        due = moment - told.get(now.phase, 0.0) >= PAUSE or now.phase not in told
        if due or now.done == now.total:
            told[now.phase] = moment
            emit({"event": "progress", **asdict(now)})

    yield tell
