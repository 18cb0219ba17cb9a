"""The driver: what is written comes back, sealed or not, with its index or without."""

from __future__ import annotations

import errno
import importlib.util
import logging
import math
import os
import shutil
import tracemalloc
from array import array
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from tests.drivers.archive import outside

from tracklayer.drivers.archive import ArchiveDriver, check, driver, manifest, parquet, points, staging
from tracklayer.errors import DriverMissing, InvalidInput, NotFound, PermissionDenied, QuotaExceeded, Unavailable
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, RunDraft, RunRef, Source, canonical
from tracklayer.spi import every, open_driver

EARLY = datetime(1, 1, 1, tzinfo=timezone.utc)
EXTREMES = [(-(2**63), -(2**63), math.nan), (0, -1, -0.0), (0, 10**18 + 1, math.inf), (2**63 - 1, 2**63 - 1, -5e-324)]
WHOLE = Batch(
    params={
        "int": 1, "edge": 2**63 - 1, "more": 2**63, "huge": -(10**40), "float": 0.1, "nan": math.nan, "zero": -0.0,
        "inf": -math.inf, "bool": True, "text": "nul\0", "empty": "", "number": "1",
    },
    tags={"nul\0": "", "🙂": "🙂" * 5_000},
    points=(Points.of("loss", EXTREMES), Points.of("none"), Points.of("nan", [(0, 0, math.nan)])),
    inputs=(Dataset(name="z", digest="1"), Dataset(name="a", digest="2", profile="\0", context="eval")),
    name="n",
    description="",
)  # fmt: skip


@contextmanager
def read_only(root: Path) -> Iterator[None]:
    """A block in which nothing can be written there, by who has no rights beyond a user's."""
    folders = [root, *(one for one in root.rglob("*") if one.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    yield
    for folder in folders:
        folder.chmod(0o700)


def curve(start: int, stop: int) -> Points:
    return Points.of("loss", [(step, step, step / 2) for step in range(start, stop)])


def test_all_that_a_run_has_outlives_its_index(archive: ArchiveDriver, run: RunRef) -> None:
    home = archive.get_run(run).experiment
    draft = RunDraft(token="nul\0", started=EARLY, parent=run, tags={"x": ""}, user="u", source=Source(dirty=True))
    made = archive.create_run(home, draft)
    bare = archive.create_run(home, RunDraft(token="bare", source=Source()))
    archive.write(made.ref, WHOLE)
    archive.put_artifact(made.ref, "a/ü.bin", BytesIO(b"bytes"))
    for owner in (made.ref, home):
        archive.put_sidecar(owner, "a-1", b"\0")
    archive.delete(bare.ref)
    before = archive.get_run(made.ref), archive.get_run(bare.ref), archive.get_experiment("e"), outside.told(archive)
    archive.close()
    shutil.rmtree(archive.layout.working)
    assert (archive.get_run(made.ref), archive.get_run(bare.ref), archive.get_experiment("e")) == before[:3]
    assert outside.told(archive) == before[3]
    assert math.copysign(1, float(archive.get_run(made.ref).params["zero"])) == -1
    assert archive.get_sidecars(made.ref) == archive.get_sidecars(home) == {"a-1": b"\0"}
    with archive.open_artifact(made.ref, "a/ü.bin") as file:
        assert file.read() == b"bytes"
    assert archive.create_run(home, draft) == before[0]
    assert int(archive.create_experiment(ExperimentDraft(name="another")).id) > int(home.id)
    archive.close()
    assert check(archive.path).findings == ()


def test_a_run_that_ends_is_in_the_tables_at_once(archive: ArchiveDriver, run: RunRef) -> None:
    archive.write(run, WHOLE)
    assert outside.rows(archive.path, "runs") == []
    archive.write(run, Batch(status="finished"))
    assert outside.seen(archive.path) == outside.told(archive)


def test_many_points_are_sealed_before_their_run_ends(
    archive: ArchiveDriver, run: RunRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "MOST_OPEN", 100)
    archive.write(run, Batch(points=(curve(0, 60),)))
    archive.write(run, Batch(points=(curve(60, 120),)))
    assert len(outside.rows(archive.path, "points")) == 120


def test_points_come_back_from_several_files_and_row_groups(
    archive: ArchiveDriver, run: RunRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "FILE", 40_000)
    monkeypatch.setattr(points, "GROUP", 10_000)
    monkeypatch.setattr(points, "KEPT", 2)
    whole = Points(
        key="loss",
        steps=array("q", range(100_000)),
        times=array("q", range(0, 700_000, 7)),
        values=array("d", range(100_000)),
    )
    archive.write(run, Batch(points=(whole,)))
    archive.close()
    assert len(list(archive.path.glob("points/*.parquet"))) == 3
    assert canonical("loss", list(every(partial(archive.read_points, run, "loss")))) == whole


def test_small_parts_become_one_and_large_ones_are_left(
    archive: ArchiveDriver, run: RunRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One close a run: the files stay few, and what was sealed long ago is not written again."""
    monkeypatch.setattr(staging, "PART", 8)
    monkeypatch.setattr(staging, "FILE", 80)
    home = archive.get_run(run).experiment
    for number in range(40):
        made = archive.create_run(home, RunDraft(token=f"t{number}"))
        archive.write(made.ref, Batch(points=(curve(0, 10),)))
        archive.close()
        if number == 20:
            old = {file.name for file in archive.path.glob("runs/*.parquet")}
    new = {file.name for file in archive.path.glob("runs/*.parquet")}
    assert len(new) <= 10
    assert len(list(archive.path.glob("points/*.parquet"))) <= 10
    assert old & new
    assert outside.seen(archive.path) == outside.told(archive)


def test_a_point_that_is_written_again_changes_no_file(archive: ArchiveDriver, run: RunRef) -> None:
    archive.write(run, Batch(points=(curve(0, 5_000),)))
    archive.close()
    before = list(archive.path.glob("points/*"))
    archive.write(run, Batch(points=(curve(100, 4_900),)))
    archive.close()
    assert list(archive.path.glob("points/*")) == before
    archive.write(run, Batch(points=(Points.of("loss", [(100, 0, 1.0)]),)))
    archive.close()
    assert list(archive.path.glob("points/*")) != before
    assert len(outside.rows(archive.path, "points")) == 5_001


def test_a_content_that_no_run_has_any_more_goes(archive: ArchiveDriver, run: RunRef) -> None:
    for data in (b"one", b"two", b"three"):
        archive.put_artifact(run, "a", BytesIO(data))
        archive.close()
    files = [file for file in archive.path.rglob("files/*/*") if file.is_file()]
    assert [file.read_bytes() for file in files] == [b"three"]
    assert check(archive.path).findings == ()


def test_readers_find_points_that_are_sealed_anew_meanwhile(archive: ArchiveDriver, run: RunRef) -> None:
    """Each seal replaces the file that others read in."""
    archive.write(run, Batch(points=(curve(0, 100),)))
    archive.close()
    failed: list[BaseException] = []
    reader, rounds = ArchiveDriver(archive.path), 12

    def read() -> None:
        try:
            for _ in range(10 * rounds):
                assert len(reader.read_points(run, "loss").items[0]) >= 100
        except BaseException as error:  # noqa: BLE001 -- it is looked at below
            failed.append(error)

    thread = Thread(target=read)
    thread.start()
    for step in range(rounds):
        archive.write(run, Batch(points=(Points.of("loss", [(step, -1, 0.0)]),)))
        archive.close()
    thread.join()
    reader.close()
    assert failed == []


def test_writers_of_one_process_seal_each_others_writes(archive: ArchiveDriver, run: RunRef) -> None:
    home = archive.get_run(run).experiment

    def work(worker: int) -> None:
        other = ArchiveDriver(archive.path)
        for number in range(4):
            made = other.create_run(home, RunDraft(token=f"{worker}.{number}"))
            other.put_artifact(made.ref, "a", BytesIO(b"%d" % number))
            other.write(made.ref, Batch(points=(curve(0, 9),), status="finished"))
            other.close()

    threads = [Thread(target=work, args=(worker,)) for worker in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive.close()
    assert len(outside.rows(archive.path, "runs")) == 13
    assert outside.seen(archive.path) == outside.told(archive)
    assert check(archive.path).findings == ()


# -- places


def test_a_url_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("archive:a b", f"archive:{tmp_path}/a%20b", "archive:x/../a%20b"):
        opened = open_driver(url)
        assert opened.url == f"archive:{tmp_path}/a%20b"
        with pytest.raises(NotFound, match="log a run to it first"):
            opened.get_run(RunRef(id="x"))
    for wrong in ("archive:", "archive://host/x", "archive:/x?y=1"):
        with pytest.raises(InvalidInput, match="archive"):
            open_driver(wrong)
    assert list(tmp_path.iterdir()) == []


def test_without_pyarrow_the_command_that_brings_it_is_named(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DriverMissing, match=r"needs the package 'pyarrow'.*pip install 'tracklayer\[archive\]'"):
        open_driver(f"archive:{path}")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InvalidInput, match="holds something else"):
        ArchiveDriver(tmp_path).create_experiment(ExperimentDraft(name="e"))
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("leave", ["all", "no index", "unsealed"])
def test_an_archive_that_cannot_be_written_to_is_read_and_checked(
    archive: ArchiveDriver, run: RunRef, unprivileged: Callable[[], AbstractContextManager[None]], leave: str
) -> None:
    archive.write(run, WHOLE)
    archive.put_artifact(run, "a", BytesIO(b"bytes"))
    archive.close()
    if leave == "no index":
        shutil.rmtree(archive.layout.working)
    elif leave == "unsealed":
        archive.write(run, Batch(tags={"later": "x"}))
        archive._connections.close()
    with unprivileged(), read_only(archive.path):
        reader = ArchiveDriver(archive.path)
        held = reader.get_run(run)
        assert held.params.keys() == WHOLE.params.keys()
        assert held.tags.get("later") == ("x" if leave == "unsealed" else None)
        assert len(reader.read_points(run, "loss").items[0]) == len(EXTREMES)
        assert check(archive.path).findings == ()
        for write in (partial(reader.write, run, Batch(tags={"a": "b"})), partial(reader.delete, run)):
            with pytest.raises(PermissionDenied):
                write()
        reader.close()


def test_a_later_version_is_refused_in_one_line(archive: ArchiveDriver, run: RunRef) -> None:
    archive.close()
    first, *_ = archive.layout.manifest.read_text().splitlines()
    fields = manifest.fields_of(first) | {"version": 2, "what": "else"}
    del fields["sha256"]
    archive.layout.manifest.write_text(f"{manifest.line_of(fields)}\nwhat nobody knows yet\n")
    says = r"the archive is of version 2, and this tracklayer knows versions up to 1: upgrade tracklayer"
    for call in (partial(ArchiveDriver(archive.path).get_run, run), partial(check, archive.path)):
        with pytest.raises(Unavailable, match=says) as found:
            call()
        assert not found.value.retryable


def test_an_index_of_another_state_is_made_anew(archive: ArchiveDriver, run: RunRef, tmp_path: Path) -> None:
    archive.write(run, Batch(tags={"a": "1"}))
    archive.close()
    shutil.copytree(archive.layout.working, tmp_path / "old")
    archive.write(run, Batch(tags={"a": "2"}))
    archive.close()
    shutil.rmtree(archive.layout.working)
    shutil.copytree(tmp_path / "old", archive.layout.working)
    assert archive.get_run(run).tags == {"a": "2"}


@pytest.mark.parametrize("sealed", [True, False])
def test_an_index_that_the_manifest_knows_nothing_of_is_not_thrown_away(
    archive: ArchiveDriver, run: RunRef, *, sealed: bool
) -> None:
    """The manifest was cut: whoever goes on from there would lose what is in the tables it named."""
    archive.close()
    before = archive.layout.manifest.read_bytes()
    archive.write(run, Batch(tags={"a": "1"}))
    archive.close()
    if not sealed:
        archive.write(run, Batch(tags={"a": "2"}))
        archive._connections.close()
    after = archive.layout.manifest.read_bytes()
    archive.layout.manifest.write_bytes(before)
    with pytest.raises(Unavailable, match=r"put back the one that does, or move \.working away"):
        archive.get_run(run)
    archive.layout.manifest.write_bytes(after)
    assert archive.get_run(run).tags == {"a": "1" if sealed else "2"}


def test_what_cannot_be_sealed_is_safe_and_said(
    archive: ArchiveDriver, run: RunRef, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: parquet.PartFile) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "tracklayer"):
        patch.setattr(parquet.PartFile, "done", full)
        archive.write(run, Batch(tags={"a": "b"}, status="finished"))
        assert "not sealed: archive: seal" in caplog.text
        with pytest.raises(QuotaExceeded, match="make room on the disk"):
            archive.close()
    assert archive.get_run(run).tags == {"a": "b"}
    archive.close()
    assert [row[2] for row in outside.rows(archive.path, "tags")] == ["b"]


def test_to_seal_more_series_takes_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "GROUP", 100)
    monkeypatch.setattr(parquet, "ROWS", 100)

    def peak(runs: int) -> int:
        store = ArchiveDriver(tmp_path / str(runs))
        home = store.create_experiment(ExperimentDraft(name="e")).ref
        for number in range(runs):
            run = store.create_run(home, RunDraft(token=f"{number}")).ref
            store.write(run, Batch(points=tuple(Points.of(f"m{key}", [(0, 0, 1.0)]) for key in range(50))))
        tracemalloc.start()
        try:
            store.close()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # what is imported
    assert peak(80) - peak(20) < 60 * 50 * 40  # bytes a series: noted one by one, each took 400
