"""A verification as a whole: what it is asked for, what it cannot read, and what it writes down."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, shared_server
from tests.migrate import nasty
from tests.migrate.proof.planted import HOME, SECOND, STARTED, Copied, copied, fill
from tests.migrate.unruly import client_of, failing

import tracklayer as tl
from tracklayer.errors import PermissionDenied, Unavailable
from tracklayer.migrate.identity import token
from tracklayer.migrate.proof.certificate import Certificate
from tracklayer.migrate.proof.keep import beside, keep
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.proof import Proof
from tracklayer.migrate.proof.prove import prove
from tracklayer.migrate.proof.verify import Checked, verify
from tracklayer.migrate.selection import select
from tracklayer.model import Batch, RunRef
from tracklayer.render.files import check_writable
from tracklayer.spi import Wrapper, open_driver


@pytest.fixture
def copy() -> Iterator[Copied]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        fill(client)
        made = copied(client)
        with made.target:
            yield made


def unavailable(operation: str) -> Unavailable:
    return Unavailable("no answer", provider="memory", operation=operation)


def test_which_runs_are_compared_is_asked_for(copy: Copied) -> None:
    after = STARTED + SECOND
    found = verify(copy.source, copy.target, experiment=HOME, filter="params.lr = '0.1'", since=after)
    assert [run.name for run in found.runs] == ["child"]
    assert found.clean
    assert (found.asked.experiment, found.asked.filter, found.asked.since) == (HOME, "params.lr = '0.1'", after)
    assert [run.name for run in verify(copy.source, copy.target, since=after + SECOND).runs] == ["alone"]
    one = verify(copy.source.url, copy.target.url, run=copy.original("alone").id)
    assert [run.name for run in one.runs] == ["alone"]
    chosen = select(copy.source, experiment=None, run=copy.original().id, filter="")
    assert [run.name for run in verify(copy.source, copy.target, selection=chosen).runs] == ["child"]


def test_what_cannot_be_begun(copy: Copied) -> None:
    with pytest.raises(tl.InvalidInput, match="one place"):
        verify(copy.source, copy.source.url)
    with pytest.raises(tl.NotFound):
        verify(copy.source, copy.target, experiment="nosuch")


def test_a_run_that_cannot_be_read_is_named_and_keeps_no_other(copy: Copied) -> None:
    record = copy.record()

    def fault(operation: str, on: str) -> BaseException | None:
        if (operation, on) != ("read_points", record.id):
            return None
        return PermissionDenied("not yours\nat all", provider="memory", operation=operation)

    found = verify(copy.source, failing(copy.target.url, fault))
    (unread,) = found.unread
    assert (unread.run, unread.reason) == (copy.original().id, "memory: read_points: not yours at all")
    assert [run.name for run in found.runs] == ["parent", "alone"]
    assert (found.clean, found.unexplained) == (False, 0)


def test_a_driver_that_breaks_is_told_by_its_error(copy: Copied) -> None:
    broken = failing(copy.target.url, lambda operation, _: ValueError("oops") if operation == "read_points" else None)
    (unread,) = verify(copy.source, broken).unread
    assert unread.reason == "ValueError: oops"


def test_a_place_that_falls_silent_is_asked_no_more(copy: Copied) -> None:
    asked: list[str] = []

    def fault(operation: str, on: str) -> BaseException | None:
        if operation != "get_run":
            return None
        asked.append(on)
        return unavailable(operation)

    for number in range(4):
        with tl.start_run(HOME, name=f"more {number}", to=copy.source.url):
            pass
    tl.migrate(copy.source, copy.target)
    found = verify(copy.source, failing(copy.target.url, fault), workers=1)
    assert len(asked) == 3
    assert len(found.unread) == 7
    assert {run.reason.partition(":")[0] for run in found.unread} == {"memory", "not tried"}


class Flaky(Wrapper):
    """A place whose first stream of each file breaks off."""

    broken: set[str]

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        data = super().open_artifact(run, path)
        if path in self.broken:
            return data
        self.broken.add(path)

        class Torn(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                del size
                raise unavailable("read")

        return Torn()


def test_a_stream_that_breaks_off_is_begun_anew(copy: Copied) -> None:
    driver = Flaky(open_driver(copy.target.url))
    driver.broken = set()
    assert verify(copy.source, client_of(driver)).clean
    assert len(driver.broken) == 3


def test_the_work_may_be_spread_and_come_back_in_any_order(copy: Copied) -> None:
    told: list[Checked] = []

    def spread(pairs: Iterable[Pair]) -> Iterator[Proof]:
        for pair in reversed(list(pairs)):
            with tl.connect(copy.source.url) as source, tl.connect(copy.target.url) as target:
                proof = prove(source.driver, target.driver, pair)
            yield Proof.model_validate_json(proof.model_dump_json())

    found = verify(copy.source, copy.target, spread=spread, progress=told.append)
    assert [run.name for run in found.runs] == ["parent", "child", "alone"]
    assert found.root == copy.verify().root
    assert [(now.done, now.total) for now in told] == [(1, 3), (2, 3), (3, 3)]
    assert (told[-1].points, told[-1].files, told[-1].bytes, told[-1].unexplained) == (55, 3, 10_250, 0)


def test_what_no_proof_comes_back_of_is_not_proven(copy: Copied) -> None:
    found = verify(copy.source, copy.target, spread=lambda _pairs: [])
    assert not found.clean
    assert [one.reason for one in found.unread] == ["no proof of it came back"] * 3


def test_a_digest_is_the_same_in_every_place_and_another_for_another_run(copy: Copied, tmp_path: Path) -> None:
    first = copy.verify()
    with tl.connect(f"local:{tmp_path / 'store.db'}") as third:
        tl.migrate(copy.target, third)
        assert verify(copy.target, third).root == first.root
        tl.migrate(copy.source, third)
    assert len({run.digest for run in first.runs}) == 3
    copy.source.driver.write(copy.original().ref, Batch(tags={"more": "x"}))
    changed = copy.verify()
    assert changed.root != first.root
    same = [run.digest == before.digest for run, before in zip(changed.runs, first.runs, strict=True)]
    assert same == [True, False, True]


def test_who_is_whose_parent_is_part_of_the_root(copy: Copied) -> None:
    first = copy.verify()
    store = Copied(copy.source, copy.source).store
    store.runs[copy.original().id].parent = copy.record().parent = None
    changed = copy.verify()
    assert changed.clean
    assert {run.digest for run in changed.runs} == {run.digest for run in first.runs}
    assert changed.root != first.root


def test_a_certificate_is_written_whole_and_read_again(copy: Copied, tmp_path: Path) -> None:
    copy.record().params["lr"] = 0.2
    found = copy.verify()
    path = tmp_path / "migration.json"
    check_writable(path)
    keep(found, path, beside(path))
    assert Certificate.model_validate_json(path.read_text()) == found
    document = json.loads(path.read_text())
    assert (document["format"], document["clean"], document["tracklayer"]) == (1, False, tl.__version__)
    assert "@" in document["who"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["migration.html", "migration.json"]
    with pytest.raises(tl.InvalidInput, match="in a folder that is there"):
        check_writable(tmp_path / "nowhere" / "x.json")
    with pytest.raises(tl.MigrationError, match="cannot be written"):
        keep(found, tmp_path / "nowhere" / "x.json", None)


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with shared_server(tmp_path_factory.getbasetemp()) as server:
        yield server


def test_a_server_that_holds_less_loses_nothing_and_is_caught_when_it_does(
    mlflow_server: MlflowServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NaN, times finer than a millisecond and long texts lie beside its runs; all is compared."""
    monkeypatch.setattr(nasty, "EXPERIMENT", "to be verified")  # other tests use the server too
    with tl.connect(f"local:{tmp_path / 'a.db'}") as source, tl.connect(mlflow_server.tracklayer_url) as server:
        nasty.fill(source)
        home = nasty.EXPERIMENT
        assert tl.migrate(source, server, experiment=home, verify=False).failed == ()
        found = verify(source, server, experiment=home)
        assert (found.differences, found.explained, found.unread) == ((), (), ())
        assert found.counts.points == 4 * sum(len(points) for points in nasty.POINTS)
        run = next(one for one in source.runs(home) if str(one.name).startswith("rün 1"))
        theirs = next(one for one in server.runs(home) if one.token == token(source.url, run.id))
        server.driver.write(theirs.ref, Batch(tags={"only.": "new"}))
        server.driver.put_artifact(theirs.ref, "model.npz", io.BytesIO(b"\x00\x01" * 4_999 + b"\x00\x02"))
        told = verify(source, server, run=run.id).differences
        assert [(one.what, one.where, one.reason) for one in told] == [
            ("tag", "only.", "the source has no such tag"), ("file", "model.npz", "its bytes differ")
        ]  # fmt: skip
