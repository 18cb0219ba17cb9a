from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tracklayer.drivers.vertex import reading, record, wire
from tracklayer.errors import Conflict, QuotaExceeded
from tracklayer.model import Batch, ExperimentDraft, ParamValue, Points, Run, RunDraft, Status, same

NOW = datetime(2026, 3, 4, 5, 6, 7, 891_234, tzinfo=timezone.utc)
LATER = NOW + timedelta(seconds=90)
NAME = "projects/42/locations/us-central1/metadataStores/default/contexts/"
TYPED = [
    True, False, 0, 1, -1, 2**31, 2**53, -(2**53), 2**53 + 1, 2**63, 10**400, 0.0, -0.0, 1.0, 0.1, 1e22, 5e-324,
    math.nan, math.inf, -math.inf, "", "1", "nan", "True", "nul\x00inside", "🚀",
]  # fmt: skip


def sent(context: dict[str, Any]) -> dict[str, Any]:
    """As the service gives it back: through strict JSON, and every number a double."""
    return json.loads(json.dumps(context, allow_nan=False), parse_int=float)  # type: ignore[no-any-return]


def made(**fields: Any) -> dict[str, Any]:
    draft = RunDraft(**{"token": "t", "name": "First run"} | fields)
    return sent({"name": f"{NAME}abcd-first-run-x", **wire.new_run("abcd-first-run-x", "abcd", draft, "gs://b/r", NOW)})


def written(context: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return sent(wire.changed(context, Batch(**fields), LATER))


def read(context: dict[str, Any]) -> Run:
    return reading.run(context)


def test_a_new_run_has_all_that_the_official_sdk_asks_for() -> None:
    context = made()
    assert context["displayName"] == "first-run-x"
    assert (context["schemaTitle"], context["schemaVersion"]) == ("system.ExperimentRun", "0.0.1")
    assert context["metadata"]["_params"] == context["metadata"]["_metrics"] == {}
    assert context["metadata"]["_state"] == "RUNNING"


def test_a_new_experiment_is_one_that_the_console_shows() -> None:
    context = wire.new_experiment(ExperimentDraft(name="abcd", tags={"a": "b"}), "m", "gs://b/r", "projects/1/x")
    assert context["metadata"]["experiment_deleted"] is False
    assert context["metadata"]["backing_tensorboard_resource"] == "projects/1/x"
    found = reading.experiment({**context, "name": f"{NAME}abcd", "createTime": "2026-03-04T05:06:07Z"})
    assert (found.name, found.tags, found.description, found.deleted) == ("abcd", {"a": "b"}, None, False)


@pytest.mark.parametrize("value", TYPED, ids=lambda value: ascii(value)[:20])
def test_a_param_comes_back_with_its_type(value: ParamValue) -> None:
    found = read(written(made(), params={"p": value})).params["p"]
    assert type(found) is type(value)
    assert same(found, value)
    assert str(found) == str(value)


@pytest.mark.parametrize("first", TYPED[:10], ids=str)
@pytest.mark.parametrize("second", TYPED[:10], ids=str)
def test_a_param_is_set_once_unless_it_is_said(first: ParamValue, second: ParamValue) -> None:
    context = written(made(), params={"p": first})
    if same(first, second):
        assert written(context, params={"p": second}) == context
        return
    with pytest.raises(Conflict, match="p"):
        written(context, params={"p": second})
    found = read(written(context, params={"p": second}, overwrite=True)).params["p"]
    assert type(found) is type(second)
    assert same(found, second)


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        (1, 2.5, 2.5), (1, "1", "1"), (True, 3.0, 3.0), (math.nan, 1.0, 1.0), (10**400, "other", "other"),
        ("a", True, True), ("a", None, ""), ("a", [1, "b"], '[1.0, "b"]'), ("a", {"b": None}, '{"b": null}'),
    ],
)  # fmt: skip
def test_what_another_client_makes_of_a_param_stands(ours: ParamValue, theirs: object, found: ParamValue) -> None:
    context = written(made(), params={"p": ours})
    context["metadata"]["_params"]["p"] = theirs
    value = read(sent(context)).params["p"]
    assert type(value) is type(found)
    assert value == found


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("running", "RUNNING"),
        ("scheduled", "NEW"),
        ("finished", "COMPLETE"),
        ("failed", "FAILED"),
        ("killed", "CANCELLED"),
    ],
)
def test_a_status_is_a_state_that_the_sdk_knows(status: Status, state: str) -> None:
    for context in (made(status=status), written(made(), status=status)):
        assert context["metadata"]["_state"] == state
        assert read(context).status == status


def test_an_end_is_noted_and_forgotten() -> None:
    ended = written(made(), status="finished")
    assert read(ended).ended == LATER
    assert written(ended, status="finished") == ended
    assert read(written(ended, status="running")).ended is None
    backdated = written(made(), status="failed", ended=NOW - timedelta(days=9_000))
    assert read(backdated).ended == NOW - timedelta(days=9_000)
    assert read(written(backdated, status="finished")).ended == LATER


def test_an_end_counts_for_the_state_it_was_noted_with() -> None:
    ended = written(made(), status="finished")
    ended["metadata"]["_state"] = "RUNNING"
    assert read(ended).ended is None
    ended["metadata"]["_state"] = "FAILED"
    ended["updateTime"] = "2026-05-06T00:00:00Z"
    found = read(ended)
    assert found.ended == datetime(2026, 5, 6, tzinfo=timezone.utc)
    assert "ended" in found.approximate


def test_a_scheduled_run_starts_when_it_runs() -> None:
    scheduled = made(status="scheduled")
    assert read(scheduled).started is None
    assert read(written(scheduled, status="running")).started == LATER
    assert read(written(made(), status="running")).started == NOW


@pytest.mark.parametrize("text", ["", " ", "plain", "two\nlines"])
def test_a_description_is_the_contexts_own(text: str) -> None:
    for context in (made(description=text), written(made(description="before"), description=text)):
        assert read(context).description == text
        assert context["description"] == (text or " ")
    assert read(made()).description is None


def test_the_true_name_stands_until_the_console_gives_another() -> None:
    context = written(made(), name="Renamed 🚀")
    assert (read(made()).name, read(context).name) == ("First run", "Renamed 🚀")
    context["displayName"] = "by hand"
    assert read(context).name == "by hand"
    assert read(written(context, name="and back")).name == "and back"


def test_tags_of_users_and_of_the_layers_live_apart() -> None:
    context = written(made(tags={"a": "1"}), tags={"a": "2", "b": "", "tracklayer.made": "{}"})
    kept = record.read(context["metadata"])
    assert (kept.tags, kept.own) == ({"a": "2", "b": ""}, {"tracklayer.made": "{}"})
    assert read(context).tags == {"a": "2", "b": "", "tracklayer.made": "{}"}


def points(key: str, *rows: tuple[int, int, float]) -> dict[str, Points]:
    return {key: Points.of(key, rows)}


def test_the_console_is_shown_the_last_finite_value() -> None:
    context = wire.measured(made(), points("m", (0, 1, 0.5), (1, 2, 0.25), (2, 3, math.nan)), None)
    assert context["metadata"]["_metrics"] == {"m": 0.25}
    context = sent(wire.measured(context, points("n", (0, 1, math.inf)), None))
    assert context["metadata"]["_metrics"] == {"m": 0.25}
    found = read(context)
    assert math.isnan(found.metrics["m"].last)
    assert (found.metrics["m"].last_step, found.metrics["m"].last_time, found.metrics["m"].count) == (2, 3, 3)
    assert found.metrics["n"].last == math.inf
    assert found.approximate == {}


def test_the_same_points_again_count_once() -> None:
    some = points("m", (0, 1, 0.5), (1, 2, 0.25))
    once = wire.measured(made(), some, "projects/1/x")
    assert wire.measured(once, some, "projects/1/x") == once
    assert record.read(once["metadata"]).board == "projects/1/x"
    more = read(sent(wire.measured(once, points("m", (2, 3, 9.0)), "projects/1/x"))).metrics["m"]
    assert (more.count, more.last, more.min, more.max) == (3, 9.0, 0.25, 9.0)


def test_an_earlier_point_is_not_the_last() -> None:
    context = wire.measured(made(), points("m", (5, 1, 0.5)), None)
    context = sent(wire.measured(context, points("m", (3, 9, 7.0)), None))
    assert context["metadata"]["_metrics"] == {"m": 0.5}
    assert read(context).metrics["m"].last_step == 5


def test_a_value_that_another_client_noted_since_is_said() -> None:
    context = sent(wire.measured(made(), points("m", (5, 1, 0.5)), None))
    context["metadata"]["_metrics"] |= {"m": 0.75, "theirs": 3.0, "text": "good", "flag": True}
    found = read(context)
    assert "0.75" in found.approximate["metrics.m"]
    assert (found.metrics["theirs"].last, found.metrics["flag"].last) == (3.0, 1.0)
    assert {"metrics.theirs", "metrics.flag"} <= found.approximate.keys()
    assert found.tags == {"vertex.metric.text": "good"}


def test_what_is_shown_gives_way_before_a_run_is_full() -> None:
    def many(number: int) -> dict[str, Points]:
        return {f"metric {'x' * 80} {one}": Points.of("m", [(0, 1, 0.123456789)]) for one in range(number)}

    few = wire.checked(wire.measured(made(), many(500), None))
    assert len(few["metadata"]["_metrics"]) == len(read(sent(few)).metrics) == 500
    some = wire.checked(wire.measured(made(), many(950), None))
    assert some["metadata"]["_metrics"] == {}
    assert len(read(sent(some)).metrics) == 950
    most = wire.checked(wire.measured(made(), many(5_000), None))
    assert 1_000 < len(read(sent(most)).metrics) < 1_500
    assert record.size(most["metadata"]) < 200_000
    with pytest.raises(QuotaExceeded, match="200 KB"):
        wire.checked(wire.changed(some, Batch(tags={"t": "x" * 190_000}), NOW))


def test_a_run_that_others_made_is_read_as_far_as_it_goes() -> None:
    context = {
        "name": f"{NAME}abcd-run-1",
        "displayName": "run-1",
        "schemaTitle": "system.ExperimentRun",
        "parentContexts": [f"{NAME}ab", f"{NAME}abcd"],
        "createTime": "2026-03-04T05:06:07.891234Z",
        "updateTime": "2026-03-04T06:00:00Z",
        "metadata": {
            "_params": {"lr": 0.1, "n": 3.0, "flag": True, "": 1.0},
            "_metrics": {"acc": 0.9},
            "_state": "COMPLETE",
            "_custom_jobs": [{"custom_job_resource_name": "projects/1/customJobs/2", "custom_job_console_uri": "x"}],
        },
    }
    found = read(context)
    assert (found.name, found.status, found.started) == ("run-1", "finished", NOW)
    assert found.experiment.id == "contexts/abcd"
    assert found.params == {"lr": 0.1, "n": 3.0, "flag": True}
    assert found.metrics["acc"].last == 0.9
    assert found.token is None
    assert found.tags == {"vertex.custom_job.1": "projects/1/customJobs/2"}
    assert set(found.approximate) == {"started", "ended", "params", "metrics.acc", *reading.UNASKED}


@pytest.mark.parametrize(
    "metadata", [None, {}, {"_params": None}, {"_state": "PENDING"}, {"_state": 3.0, "_metrics": None}]
)
def test_whatever_the_metadata_of_others_are_they_are_read(metadata: dict[str, Any] | None) -> None:
    found = read({"name": f"{NAME}x", "metadata": metadata})
    assert found.status == "running"
    assert found.experiment.id == "contexts/unassigned"


def test_a_write_to_a_run_of_others_leaves_it_readable_for_the_sdk() -> None:
    context = written({"name": f"{NAME}abcd-x", "metadata": {"_state": "RUNNING", "custom": 1.0}}, params={"p": 1})
    assert context["metadata"]["_params"] == {"p": 1.0}
    assert context["metadata"]["_metrics"] == {}
    assert context["metadata"]["custom"] == 1.0
    assert read(context).params == {"p": 1}
