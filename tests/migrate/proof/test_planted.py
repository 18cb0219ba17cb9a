"""A difference of every kind is planted in a copy, and found, and nothing else is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.migrate.proof.planted import DATASET, ENDED, FILES, HOME, LOSS, Copied, copied, fill

import tracklayer as tl
from tracklayer.drivers.memory.store import RunRecord, rank
from tracklayer.model import RunRef, Source


@pytest.fixture(scope="module")
def source() -> Iterator[tl.Client]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        fill(client)
        yield client


@pytest.fixture
def copy(source: tl.Client) -> Iterator[Copied]:
    made = copied(source)
    with made.target:
        yield made


@dataclass(frozen=True)
class Plant:
    """What is done to the record of the child's copy, and how it must be told."""

    what: str
    where: str
    source: str
    target: str
    reason: str
    do: Callable[[RunRecord], None]


def change(
    key: str, old: tuple[int, int, float] | None, new: tuple[int, int, float] | None
) -> Callable[[RunRecord], None]:
    def do(record: RunRecord) -> None:
        series = record.series[key]
        if old is not None:
            del series.points[rank(old)]
        series.add([] if new is None else [new])

    return do


def put(field: str, value: object) -> Callable[[RunRecord], None]:
    return lambda record: setattr(record, field, value)


def lose(field: str, key: str) -> Callable[[RunRecord], None]:
    return lambda record: getattr(record, field).pop(key)


def set_in(field: str, key: str, value: object) -> Callable[[RunRecord], None]:
    return lambda record: getattr(record, field).update({key: value})


BYTE = FILES["model/weights.bin"][:-1] + b"\x00"
LATER = ENDED + timedelta(microseconds=1)
PLANTS = {
    "a point's value": Plant(
        "point",
        "loss",
        "step 7, time 1007 ns, value 0.125",
        "step 7, time 1007 ns, value 0.126",
        "the value differs",
        change("loss", LOSS[7], (7, 1007, 0.126)),
    ),
    "a point's time": Plant(
        "point", "loss", "time 1007 ns", "time 1008 ns", "the time differs", change("loss", LOSS[7], (7, 1008, 0.125))
    ),
    "a point's step": Plant(
        "point", "loss", "step 49", "step 50", "the step differs", change("loss", LOSS[49], (50, 1049, 1 / 50))
    ),
    "a point is missing": Plant("point", "loss", "step 7", "-", "the point is missing", change("loss", LOSS[7], None)),
    "a point is extra": Plant(
        "point",
        "loss",
        "-",
        "step 7, time 1007 ns, value 9.0",
        "the source has no such point",
        change("loss", None, (7, 1007, 9.0)),
    ),
    "a number is NaN": Plant(
        "point", "loss", "value 0.125", "value nan", "the value differs", change("loss", LOSS[7], (7, 1007, math.nan))
    ),
    "NaN is a number": Plant(
        "point", "odd", "value nan", "value 0.0", "the value differs", change("odd", (-5, 0, math.nan), (-5, 0, 0.0))
    ),
    "a metric is missing": Plant("metric", "odd", "5 points", "-", "the metric is missing", lose("series", "odd")),
    "a metric is extra": Plant(
        "metric",
        "more",
        "-",
        "50 points",
        "the source has no such metric",
        lambda record: record.series.update(more=record.series["loss"]),
    ),
    "a param's value": Plant("param", "lr", "0.1 (float)", "0.2 (float)", "it differs", set_in("params", "lr", 0.2)),
    "a param's type": Plant(
        "param", "layers", "3 (int)", "'3' (str)", "its type differs", set_in("params", "layers", "3")
    ),
    "a param is a float": Plant(
        "param", "layers", "3 (int)", "3.0 (float)", "its type differs", set_in("params", "layers", 3.0)
    ),
    "a param is a number": Plant(
        "param", "yes", "True (bool)", "1 (int)", "its type differs", set_in("params", "yes", 1)
    ),
    "a param is missing": Plant("param", "text", "'3' (str)", "-", "the param is missing", lose("params", "text")),
    "a param is extra": Plant(
        "param", "more", "-", "1 (int)", "the source has no such param", set_in("params", "more", 1)
    ),
    "a tag's text": Plant("tag", "team", "'red'", "'blue'", "it differs", set_in("tags", "team", "blue")),
    "a tag is missing": Plant("tag", "empty", "''", "-", "the tag is missing", lose("tags", "empty")),
    "a tag is extra": Plant("tag", "more", "-", "'x'", "the source has no such tag", set_in("tags", "more", "x")),
    "a byte of a file": Plant(
        "file",
        "model/weights.bin",
        "10,240 bytes, sha256 ",
        "10,240 bytes, sha256 ",
        "its bytes differ",
        set_in("files", "model/weights.bin", BYTE),
    ),
    "a file's size": Plant("file", "empty", "0 bytes", "1 byte", "its size differs", set_in("files", "empty", b"x")),
    "a file is missing": Plant("file", "notes.txt", "10 bytes", "-", "the file is missing", lose("files", "notes.txt")),
    "a file is extra": Plant(
        "file", "more.txt", "-", "1 byte", "the source has no such file", set_in("files", "more.txt", b"x")
    ),
    "the start": Plant("started", "", "12:00:01.123456", "13:00:00.000002", "it differs", put("started", LATER)),
    "the end": Plant("ended", "", "13:00:00.000001", "13:00:00.000002", "it differs", put("ended", LATER)),
    "no end": Plant("ended", "", "13:00:00.000001", "-", "the ended is missing", put("ended", None)),
    "the status": Plant("status", "", "finished", "failed", "it differs", put("status", "failed")),
    "the name": Plant("name", "", "child", "kid", "it differs", put("name", "kid")),
    "the user": Plant("user", "", "ada", "bob", "it differs", put("user", "bob")),
    "the source": Plant(
        "source",
        "",
        '"dirty":false',
        '"dirty":true',
        "it differs",
        put("source", Source(commit="c0ffee", branch="main", dirty=True)),
    ),
    "the description": Plant(
        "description", "", "what it is", "-", "the description is missing", put("description", None)
    ),
    "a dataset": Plant(
        "input",
        "digits",
        '"digest":"d1"',
        '"digest":"d2"',
        "it differs",
        put("inputs", {DATASET.model_copy(update={"digest": "d2"}): None}),
    ),
    "no dataset": Plant("input", "digits", '"digest":"d1"', "-", "the input is missing", put("inputs", {})),
    "no parent": Plant("parent", "", "copied as", "-", "the parent is missing", put("parent", None)),
    "another parent": Plant(
        "parent",
        "",
        "copied as",
        "child's own",
        "it differs",
        lambda record: setattr(record, "parent", RunRef(id="child's own")),
    ),
}


def test_a_copy_is_clean(copy: Copied) -> None:
    found = copy.verify()
    assert (found.differences, found.explained, found.unread, found.notes) == ((), (), (), ())
    assert found.clean
    assert [run.name for run in found.runs] == ["parent", "child", "alone"]
    assert (found.counts.params, found.counts.tags, found.counts.metrics) == (5, 2, 2)
    assert (found.counts.points, found.counts.files, found.counts.bytes) == (55, 3, 10_250)


@pytest.mark.parametrize("kind", PLANTS)
def test_what_is_planted_is_named_and_nothing_else(copy: Copied, kind: str) -> None:
    plant = PLANTS[kind]
    plant.do(copy.record())
    found = copy.verify()
    assert not found.clean
    (told,) = found.differences
    assert (told.what, told.where, told.reason) == (plant.what, plant.where, plant.reason)
    assert (told.run, told.name) == (copy.original().id, "child")
    assert plant.source in told.source
    assert plant.target in told.target
    assert told.source != told.target
    assert [run.clean for run in found.runs] == [True, False, True]


def test_an_origin_that_leads_nowhere(copy: Copied) -> None:
    record = copy.record()
    record.tags = {key: text for key, text in record.tags.items() if not key.startswith("tracklayer.")}
    (told,) = copy.verify().differences
    assert (told.what, told.target) == ("origin", "-")
    assert told.source.endswith(f"#{copy.original().id}")


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "gone"])
def test_a_run_is_missing(copy: Copied, deleted: bool) -> None:
    record = copy.record("alone")
    if deleted:
        copy.target.delete(copy.target.run(record.id))
    else:
        copy.store.remove(record)
    (told,) = copy.verify().differences
    assert (told.what, told.run, told.name) == ("run", copy.original("alone").id, "alone")
    assert told.reason == ("its copy is deleted" if deleted else "the run is missing")


def test_a_run_is_there_twice(copy: Copied) -> None:
    record = copy.record("alone")
    copy.store.runs["again"] = replace(record, id="again", number=99)
    (told,) = copy.verify().differences
    assert (told.what, told.name, told.reason) == ("run", "alone", "it was copied 2 times")
    assert {"again", record.id} == set(told.target.split(", "))


def test_a_run_is_extra_where_a_migration_made_the_experiment(copy: Copied) -> None:
    with tl.start_run(HOME, name="stranger", to=copy.target.url) as run:
        pass
    assert run.id is not None
    (told,) = copy.verify().differences
    assert (told.what, told.run, told.name, told.target) == ("run", run.id, "stranger", run.id)
    assert told.reason.startswith("the run is extra")


@pytest.mark.parametrize("what", ["tag", "tag is missing", "description", "missing"])
def test_an_experiment_differs(copy: Copied, what: str) -> None:
    (record,) = copy.store.experiments.values()
    if what == "tag":
        record.tags["team"] = "blue"
    elif what == "tag is missing":
        del record.tags["team"]
    elif what == "description":
        record.description = None
    else:
        copy.source.create_experiment("late")
    (told,) = copy.verify().differences
    assert told.what == "experiment"
    assert told.run is None
    assert (what.partition(" ")[0] in f"{told.where} {told.reason}") is True


def test_a_line_names_the_run_the_field_and_both_values(copy: Copied) -> None:
    copy.record().params["lr"] = 0.2
    (told,) = copy.verify().differences
    assert told.line() == f"run {copy.original().id} (child): param 'lr': 0.1 (float) -> 0.2 (float): it differs"
