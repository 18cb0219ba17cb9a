"""Crashes: a writer that ends at any moment leaves an archive that is whole, and what it left undone is done later."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from tests.drivers.archive import outside

from tracklayer.drivers.archive import ArchiveDriver, check, contents, manifest, parquet, seal, seal_archive
from tracklayer.errors import TracklayerError
from tracklayer.model import Batch, ExperimentDraft, Points, Query, RunRef
from tracklayer.spi import every

WRITER = Path(__file__).with_name("writer.py")


class Died(TracklayerError):
    """What stands for the end of the process."""


def before(_: Callable[..., object]) -> Callable[..., object]:
    """The same call, in a process that dies before it."""

    def dying(*_: object, **__: object) -> object:
        raise Died

    return dying


def after(call: Callable[..., object]) -> Callable[..., object]:
    """The same call, in a process that dies right behind it."""

    def dying(*given: object, **named: object) -> object:
        call(*given, **named)
        raise Died

    return dying


def torn(path: Path, lines: list[str]) -> None:
    """A line that is written in part."""
    manifest.append(path, lines[:-1]) if lines[1:] else None
    with path.open("ab") as file:
        file.write(lines[-1].encode()[:100])
    raise Died


#: Where a process may die: the module or class, the name of what it calls there, and how.
DEATHS = {
    "while a table is written": (parquet.PartFile, "done", before),
    "when all tables are written": (seal, "_commit", before),
    "when the index knows them": (seal, "_commit", after),
    "before the line is written": (manifest, "append", before),
    "within the line": (manifest, "append", lambda _: torn),
    "behind the line": (manifest, "append", after),
    "when one table is in its place": (seal, "_settle", after),
    "when all tables are": (contents.Contents, "settle", before),
    "when one file is in its place": (contents.Contents, "settle", after),
    "before old tables are deleted": (seal, "_remove", before),
    "when one of them is deleted": (seal, "_remove", after),
}


@pytest.mark.parametrize("death", DEATHS)
def test_an_archive_is_whole_whenever_its_writer_dies(
    archive: ArchiveDriver, run: RunRef, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    archive.put_artifact(run, "a", BytesIO(b"one"))
    archive.write(run, Batch(tags={"a": "1"}, points=(Points.of("loss", [(1, 0, 1.0), (3, 0, 1.0)]),)))
    archive.close()
    archive.put_artifact(run, "a", BytesIO(b"two"))
    archive.put_artifact(run, "b", BytesIO(b"three"))
    archive.write(run, Batch(tags={"a": "2"}, points=(Points.of("loss", [(2, 0, 1.0)]),)))
    home, name, how = DEATHS[death]
    with monkeypatch.context() as patch:
        patch.setattr(home, name, how(getattr(home, name)))
        with pytest.raises(Died):
            archive.close()
    archive._connections.close()
    assert check(archive.path).findings == ()
    with ArchiveDriver(archive.path).open_artifact(run, "a") as file:
        assert file.read() == b"two"
    other = ArchiveDriver(archive.path)
    assert other.get_run(run).tags == {"a": "2"}
    assert len(other.read_points(run, "loss").items[0]) == 3
    seal_archive(archive.path)
    assert check(archive.path).findings == ()
    assert outside.seen(archive.path) == outside.told(archive)


def started(path: Path, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(WRITER), str(path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_processes_that_write_and_are_killed_lose_nothing_that_they_sealed(archive: ArchiveDriver) -> None:
    """Two at once, killed at a moment that nobody chose, twice over."""
    archive.create_experiment(ExperimentDraft(name="e"))
    sealed: set[str] = set()
    for attempt in range(2):
        processes = {f"{attempt}{letter}": started(archive.path, f"{attempt}{letter}") for letter in "ab"}
        for process in processes.values():
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for name, process in processes.items():
            assert process.stdout is not None
            for _ in range(3 + attempt):
                sealed.add(f"{name}.{process.stdout.readline().strip()}")
            process.kill()
        for process in processes.values():
            process.communicate()
        assert check(archive.path).findings == ()
    home = archive.get_experiment("e").ref
    runs = {run.token: run for run in every(partial(archive.list_runs, Query(experiments=(home,))))}
    assert sealed <= set(runs)
    for token in sealed:
        assert runs[token].params == {"number": int(token.partition(".")[2])}
    seal_archive(archive.path)
    assert check(archive.path).findings == ()
    assert outside.seen(archive.path) == outside.told(archive)
    shutil.rmtree(archive.layout.working)
    assert outside.seen(archive.path) == outside.told(archive)
