"""Processes: several, each with a driver of its own, write to one run at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from contract_tests import writer
from contract_tests.marks import processes
from contract_tests.place import Place

from tracklayer.model import Run

ROOT = Path(__file__).parents[1]
WRITERS = range(3)


def write_together(place: Place, run: Run) -> None:
    """Let all writers go at once, and wait for them to end well."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = {**os.environ, **place.target.environment(), "PYTHONPATH": path}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "contract_tests.writer", place.bare.url, run.id, str(number)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in WRITERS
    ]
    said = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0] * len(started), "\n".join(said)


@processes
def test_all_that_several_processes_write_is_there(place: Place, run: Run) -> None:
    """What was written here before is not lost either, and is not seen stale."""
    place.write(run, params={"mine": "z" * 20_000}, tags={"last": "x" * 20_000, "mine": "y" * 20_000})
    write_together(place, run)
    place.write(run, tags={"mine": "short"})
    written = [batch for number in WRITERS for batch in writer.batches(number)]
    read = place.read(run)
    tags = dict(read.tags)
    assert tags.pop("last") in {batch.tags["last"] for batch in written}
    assert tags == {key: text for batch in written for key, text in batch.tags.items() if key != "last"} | {
        "mine": "short"
    }
    assert read.params == {key: value for batch in written for key, value in batch.params.items()} | {
        "mine": "z" * 20_000
    }
    assert set(place.points(run, "m").rows()) == {row for batch in written for row in batch.points[0].rows()}
