from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tracklayer.drivers.local import LocalDriver
from tracklayer.model import Points, RunRef, canonical
from tracklayer.spi import every

WRITER = Path(__file__).with_name("writer.py")
SIZE = 500
MAKER = """
import sys
from pathlib import Path
from tracklayer.drivers.local import LocalDriver
from tracklayer.model import ExperimentDraft
print("ready", flush=True)
for line in sys.stdin:
    path, name = line.split()
    driver = LocalDriver(Path(path))
    print(driver.create_experiment(ExperimentDraft(name=name)).name, flush=True)
    driver.close()
"""


def start(*arguments: object) -> subprocess.Popen[str]:
    """A Python process that has said it is ready."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert said(process) == "ready"
    return process


def say(process: subprocess.Popen[str], line: str = "") -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def series(driver: LocalDriver, run: RunRef) -> Points:
    return canonical("loss", list(every(partial(driver.read_points, run, "loss"))))


def assert_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_two_processes_that_write_one_run_lose_nothing(driver: LocalDriver, run: RunRef, path: Path) -> None:
    batches = 30
    writers = [start(WRITER, path, run.id, number, batches) for number in range(2)]
    for writer in writers:
        say(writer)
    for writer in writers:
        output, _ = writer.communicate()
        assert output.split() == [str(number) for number in range(batches)]
        assert writer.returncode == 0
    rows = [(step, writer, float(writer)) for step in range(batches * SIZE) for writer in range(2)]
    assert series(driver, run) == Points.of("loss", rows)
    held = driver.get_run(run)
    assert held.params == {f"{writer}.{number}": number for writer in range(2) for number in range(batches)}
    assert held.metrics["loss"].count == len(rows)
    assert_whole(path)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_process_that_is_killed_leaves_whole_batches(
    driver: LocalDriver, run: RunRef, path: Path, after: int
) -> None:
    """What was said to be written is there, and no batch is there in part."""
    writer = start(WRITER, path, run.id, 0, 0)
    say(writer)
    for number in range(after):
        assert said(writer) == str(number)
    writer.kill()
    writer.communicate()
    held = driver.get_run(run)
    written = len(held.params)
    assert written >= after
    assert held.params == {f"0.{number}": number for number in range(written)}
    assert series(driver, run) == Points.of("loss", [(step, 0, 0.0) for step in range(written * SIZE)])
    assert_whole(path)


def test_processes_that_make_a_store_at_once_make_one(tmp_path: Path) -> None:
    makers = [start("-c", MAKER) for _ in range(3)]
    for number in range(5):
        path = tmp_path / str(number) / "store.db"
        names = [f"e{place}" for place in range(len(makers))]
        for maker, name in zip(makers, names, strict=True):
            say(maker, f"{path} {name}")
        assert [said(maker) for maker in makers] == names
        driver = LocalDriver(path)
        assert {made.name for made in every(driver.list_experiments)} == set(names)
        driver.close()
    for maker in makers:
        maker.communicate()
        assert maker.returncode == 0
