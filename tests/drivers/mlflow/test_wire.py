from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.drivers._http import encoded
from tracklayer.drivers.mlflow import wire
from tracklayer.drivers.mlflow.shapes import ExperimentInfo, Metric, MlflowRun
from tracklayer.drivers.mlflow.traits import MILLISECOND, MLFLOW, RUN_FIELDS
from tracklayer.errors import InvalidInput
from tracklayer.model import Batch, ExperimentDraft, ExperimentRef, MetricSummary, Points, Run, RunDraft, RunRef, Source

UTC = timezone.utc
NOW = datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=UTC)
PLACE = ExperimentRef(id="7")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = texts.filter(bool)
keys = names.filter(lambda key: MLFLOW.names.tag.legal(key) and not MLFLOW.names.tag.taken(key))
moments = st.integers(-62_135_596_800_000, 253_402_300_799_999).map(
    lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
)
sources = st.builds(
    Source,
    commit=st.none() | texts,
    branch=st.none() | texts,
    dirty=st.none() | st.booleans(),
    remote=st.none() | texts.filter(lambda text: "@" not in text),
    command=st.none() | texts,
).filter(lambda source: source != Source())
drafts = st.builds(
    RunDraft,
    token=names,
    name=names,
    started=moments,
    parent=st.none() | names.map(lambda name: RunRef(id=name)),
    tags=st.dictionaries(keys, texts, max_size=4),
    description=st.none() | texts,
    user=st.none() | names,
    source=st.none() | sources,
)


def answer(body: dict[str, Any], **info: Any) -> MlflowRun:
    """The run that a server would make of the body of runs/create, through JSON."""
    made = {
        "info": {
            "run_id": "r1",
            "experiment_id": body["experiment_id"],
            "run_name": body.get("run_name", "bold-cat-1"),
            "start_time": body["start_time"],
            "user_id": body["user_id"],
            **info,
        },
        "data": {"tags": [*body["tags"], {"key": "mlflow.runName", "value": body.get("run_name", "bold-cat-1")}]},
    }
    return msgspec.json.decode(encoded(made), type=MlflowRun, strict=False)


@given(drafts)
def test_what_a_run_is_made_from_comes_back(draft: RunDraft) -> None:
    read = wire.run(answer(wire.new_run(PLACE, draft, NOW)))
    told = {field: getattr(draft, field) for field in RunDraft.model_fields if field not in {"origin", "fresh"}}
    assert read == Run(id="r1", experiment=PLACE, **told)


def test_a_start_is_always_sent() -> None:
    body = wire.new_run(PLACE, RunDraft(token="t"), NOW)
    assert body["start_time"] == 1_772_600_767_891
    assert "run_name" not in body
    assert wire.run(answer(body)).name == "bold-cat-1"


def test_a_long_user_is_whole_in_the_tag() -> None:
    body = wire.new_run(PLACE, RunDraft(token="t", user="u" * 300), NOW)
    assert len(body["user_id"]) == 256
    assert wire.run(answer(body)).user == "u" * 300


def test_no_tag_of_a_field_is_left_to_users() -> None:
    source = Source(commit="c", branch="b", dirty=True, remote="r", command="x")
    draft = RunDraft(token="t", name="n", parent=RunRef(id="p"), description="d", user="u", source=source)
    sent = {tag["key"] for tag in wire.new_run(PLACE, draft, NOW)["tags"]} | {"mlflow.runName"}
    assert sent == {*RUN_FIELDS, "tracklayer.token"}
    assert all(MLFLOW.names.tag.taken(tag) for tag in sent)
    assert MLFLOW.names.tag.spell("mlflow.source.type") == "mlflow.source.type"


def run_with(tags: dict[str, str] | None = None, **info: Any) -> Run:
    fields = {"run_id": "r1", "experiment_id": "7", **info}
    data = {"tags": wire.pairs(tags or {})}
    return wire.run(msgspec.convert({"info": fields, "data": data}, MlflowRun, strict=False))


@pytest.mark.parametrize(
    ("tags", "field", "value", "left"),
    [
        ({"mlflow.parentRunId": "p1"}, "parent", RunRef(id="p1"), {}),
        ({"mlflow.parentRunId": ""}, "parent", None, {"mlflow.parentRunId": ""}),
        ({"mlflow.source.git.dirty": "true"}, "source", Source(dirty=True), {}),
        ({"mlflow.source.git.dirty": "perhaps"}, "source", None, {"mlflow.source.git.dirty": "perhaps"}),
        (
            {"mlflow.source.git.repoURL": "https://ada:secret@git.example/x.git"},
            "source",
            Source(remote="https://git.example/x.git"),
            {},
        ),
        ({"mlflow.source.type": "LOCAL"}, "source", None, {"mlflow.source.type": "LOCAL"}),
        ({"mlflow.note.content": ""}, "description", "", {}),
        ({"tracklayer.token": "t"}, "token", "t", {}),
        ({"tracklayer.made": "{}"}, "token", None, {"tracklayer.made": "{}"}),
        ({"mlflow.log-model.history": "[]"}, "parent", None, {"mlflow.log-model.history": "[]"}),
    ],
)
def test_system_tags_are_fields_where_they_fit(
    tags: dict[str, str], field: str, value: object, left: dict[str, str]
) -> None:
    read = run_with(tags)
    assert (getattr(read, field), read.tags) == (value, left)


@pytest.mark.parametrize(
    ("info", "tags", "user"),
    [
        ({}, {}, None),
        ({"user_id": ""}, {}, None),
        ({"user_id": "ada"}, {}, "ada"),
        ({"user_id": "ada"}, {"mlflow.user": "grace"}, "grace"),
        ({"user_id": "ada"}, {"mlflow.user": ""}, "ada"),
    ],
)
def test_the_user_is_a_tag_before_it_is_a_field(info: dict[str, str], tags: dict[str, str], user: str | None) -> None:
    assert run_with(tags, **info).user == user


def test_old_servers_name_runs_by_a_tag_only() -> None:
    assert run_with({"mlflow.runName": "old"}).name == "old"
    assert run_with().name is None
    assert wire.run(msgspec.convert({"info": {"run_uuid": "u", "experiment_id": "0"}}, MlflowRun)).id == "u"


def test_what_is_odd_about_a_run_is_said() -> None:
    read = run_with(status="UNFINISHED", start_time=2**62, end_time=2**62)
    assert (read.status, read.started, read.ended) == ("running", None, None)
    assert set(read.approximate) == {"status", "started", "ended"}
    nameless = run_with({"": "x", "a": "1"})
    assert (nameless.tags, set(nameless.approximate)) == ({"a": "1"}, {"tags"})
    assert run_with(status="FINISHED", start_time=0, end_time=0).approximate == {}


@pytest.mark.parametrize(
    ("sent", "ended"), [(None, None), (0, None), (-5, datetime(1969, 12, 31, 23, 59, 59, 995_000, UTC))]
)
def test_an_end_of_0_is_none(sent: int | None, ended: datetime | None) -> None:
    assert run_with(end_time=sent).ended == ended


@given(moments)
def test_moments_are_whole_milliseconds(moment: datetime) -> None:
    assert wire.moment(wire.millis(moment)) == moment
    assert wire.millis(moment + timedelta(microseconds=999)) == wire.millis(moment)


# -- batches


def test_a_batch_is_sent_as_text_and_numbers() -> None:
    batch = Batch(params={"lr": "0.1"}, tags={"t": "é"}, points=(Points.of("m", [(3, 1_500_000_000, 0.5)]),))
    assert wire.log_batch(RunRef(id="r"), batch) == {
        "run_id": "r",
        "params": [{"key": "lr", "value": "0.1"}],
        "tags": [{"key": "t", "value": "é"}],
        "metrics": [{"key": "m", "value": 0.5, "timestamp": 1_500, "step": 3}],
    }
    assert wire.log_batch(RunRef(id="r"), Batch(points=(Points.of("m"),), status="finished")) == {}


@pytest.mark.parametrize("value", [1, 1.0, True])
def test_a_param_that_is_no_text_is_not_sent(value: float) -> None:
    """A server would store an empty one, drop those after it, and answer 200."""
    with pytest.raises(InvalidInput, match="'p' is no text"):
        wire.log_batch(RunRef(id="r"), Batch(params={"p": value}))


points = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, (2**63 - 1) // MILLISECOND).map(lambda time: time * MILLISECOND),
        st.floats(allow_infinity=False),
    ),
    unique_by=lambda row: (row[0], row[1], None if math.isnan(row[2]) else row[2]),
)


@given(points)
def test_points_go_and_come(rows: list[tuple[int, int, float]]) -> None:
    sent = json.loads(encoded({"metrics": wire.metrics([Points.of("m", rows)])}))["metrics"]
    assert len(sent) == len(rows)
    read = wire.points("m", [msgspec.convert(metric, Metric, strict=False) for metric in sent])
    assert {(*row[:2], repr(row[2])) for row in read.rows()} == {(*row[:2], repr(row[2])) for row in rows}


def test_a_point_is_sent_once_in_a_batch() -> None:
    nan = float("nan")
    twice = Points.of("m", [(1, 0, nan), (1, 0, -nan), (1, 0, 0.5), (1, 0, 0.5), (1, 999_999, 0.5)])
    assert [metric["value"] for metric in wire.metrics([twice])] == ["NaN", 0.5]
    assert wire.metrics([twice, Points.of("m", [(1, 0, nan)])]) == wire.metrics([twice])
    assert len(wire.metrics([twice, Points.of("n", [(1, 0, nan)])])) == 3


def test_a_time_that_64_bits_do_not_hold_is_the_nearest() -> None:
    read = wire.points("m", [Metric("m", 0.5, 2**63 - 1, 0), Metric("m", 0.5, -(2**63), 0)])
    assert list(read.times) == [2**63 - 1, -(2**63)]


def test_a_summary_is_the_last_point() -> None:
    assert wire.summary(Metric("m", 0.5, 12, -3)) == MetricSummary(last=0.5, last_step=-3, last_time=12_000_000)


# -- changes of the run itself


@pytest.mark.parametrize(
    ("batch", "body"),
    [
        (Batch(), {}),
        (Batch(params={"p": "1"}, description="d"), {}),
        (Batch(name="n"), {"run_id": "r", "run_name": "n"}),
        (Batch(status="finished"), {"run_id": "r", "status": "FINISHED"}),
        (Batch(status="finished", ended=NOW), {"run_id": "r", "status": "FINISHED", "end_time": 1_772_600_767_891}),
        (Batch(status="running"), {"run_id": "r", "status": "RUNNING", "end_time": 0}),
        (Batch(status="scheduled"), {"run_id": "r", "status": "SCHEDULED", "end_time": 0}),
        (Batch(ended=NOW), {"run_id": "r", "end_time": 1_772_600_767_891}),
    ],
)
def test_a_change_says_what_changes(batch: Batch, body: dict[str, object]) -> None:
    assert wire.change(RunRef(id="r"), batch) == body


# -- experiments


def test_an_experiment_comes_back() -> None:
    draft = ExperimentDraft(name="e", tags={"a": "1"}, description="what for")
    body = wire.new_experiment(draft)
    made = {"experiment_id": "7", "creation_time": 1_500, "lifecycle_stage": "deleted", **body}
    read = wire.experiment(msgspec.convert(made, ExperimentInfo))
    assert (read.id, read.name, read.tags, read.description) == ("7", "e", {"a": "1"}, "what for")
    assert read.created == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert read.deleted
