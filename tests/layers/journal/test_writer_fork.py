"""A forked child writes a journal of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.layers.journal.made import read

from tracklayer.layers.journal.folder import Journal, journals

FORKING = """
import os
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.records import VERSION, End, Start
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import RunDraft

def log(key, step):
    writer.point(key, float(step), step) or writer.rows([(key, float(step))], step, None)

start = Start(version=VERSION, draft=RunDraft(token="t"), places=("memory://a",), process=this_process())
writer = Writer(start)
for step in range(50):
    log("before", step)
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        for step in range(100):
            log("before", 100 * (number + 1) + step)
            log(f"child {number}", step)
        if number == 2 and os.fork() == 0:
            log("grandchild", 0)
            os._exit(0)
        elif number == 2:
            os.wait()
        writer.end(End())
        os._exit(0)
    children.append(child)
    log("between", number)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
if os.fork() == 0:  # one that says nothing
    writer.end(End())
    os._exit(0)
os.wait()
for step in range(50):
    log("behind", step)
print(os.getpid())
writer.end(End())
"""


def test_parent_and_children_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    found = {journal.path: read(journal.records) for journal in journals(tmp_path)}
    assert [(one.unread, one.unknown) for one in found.values()] == [(0, 0)] * 5
    said = {path: {key: one.said.steps(key) for key in one.said.points} for path, one in found.items()}
    starts = {path: Journal(path).start for path in found}
    (mine,) = (path for path, start in starts.items() if start.owner)
    assert said[mine] == {"before": [*range(50)], "between": [0, 1, 2], "behind": [*range(50)]}
    assert starts[mine].process.pid == int(done.stdout)
    assert starts[mine].carried_by is None
    for path, start in starts.items():
        if path != mine:
            assert start.carried_by == starts[mine].process
            assert start.process != starts[mine].process
            assert start.draft == starts[mine].draft
    children = sorted((tuple(sorted(one)), one) for path, one in said.items() if path != mine)
    assert [one for _, one in children] == [
        *({"before": [*range(n * 100 + 100, n * 100 + 200)], f"child {n}": [*range(100)]} for n in range(3)),
        {"grandchild": [0]},
    ]
