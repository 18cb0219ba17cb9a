"""A place that is down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tracklayer as tl

#: Nobody listens at the discard port of this machine. What is logged there waits in the journal.
DOWN: dict[str, Any] = {"to": "mlflow+http://127.0.0.1:9", "options": tl.Options(flush_timeout=0)}


def note(folder: Path, run: tl.ActiveRun | None) -> None:
    """Write down how much of a run waits, for the test."""
    assert run is not None
    (waiting,) = run.pending().values()
    (folder / "waiting.txt").write_text(str(waiting))
