"""Models through JSON: all that goes in comes out, NaN and infinities too."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from contract_tests.strategies import batches, param_values, points, run_drafts
from hypothesis import given
from pydantic import ValidationError

from tracklayer.errors import InvalidInput
from tracklayer.model import (
    Artifact,
    Batch,
    Clause,
    Dataset,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    MetricSummary,
    Model,
    Order,
    Origin,
    ParamValue,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
    Source,
    same,
)

HOME = ExperimentRef(id="1")
EXAMPLES: list[Model] = [
    HOME,
    RunRef(id="4f1c"),
    ExperimentDraft(name="vision", tags={"team": "é"}, description=""),
    Experiment(id="1", name="vision", created="2026-03-04T05:06:07.891234Z", approximate={"created": "guessed"}),
    Run(id="4f1c", experiment=HOME, status="killed", metrics={"m": MetricSummary(last=1.5, last_step=3, last_time=7)}),
    RunDraft(
        token="t", parent=RunRef(id="1"), source=Source(dirty=True), origin=Origin(url="u", experiment="e", run="r")
    ),
    Batch(params={"a": 1, "b": True, "c": 1.0, "d": "1"}, status="finished", ended="1999-12-31T23:59:59.000001+05:45"),
    Artifact(path="a/b#c", size=3, digest="sha256:00"),
    Dataset(name="digits", digest="ab12"),
    Query(experiments=(HOME,), order_by=(Order(entity="metric", key="m", descending=True),)),
    Clause(entity="tag", key="t", operator="IN", value=("a", "b")),
    Clause(entity="metric", key="m", operator="<", value=1),
]


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: type(model).__name__)
def test_a_model_survives_json(model: Model) -> None:
    assert type(model).model_validate_json(model.model_dump_json()) == model


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: type(model).__name__)
def test_an_unknown_field_is_refused(model: Model) -> None:
    with pytest.raises(InvalidInput, match="colour: Extra inputs are not permitted"):
        type(model).model_validate_json(json.dumps(json.loads(model.model_dump_json()) | {"colour": "red"}))


def test_a_fault_within_a_value_is_told_by_its_path() -> None:
    with pytest.raises(InvalidInput, match=r"^RunDraft\.origin\.run: Field required$"):
        RunDraft.model_validate_json('{"token": "t", "origin": {"url": "local:", "experiment": "e"}}')
    with pytest.raises(InvalidInput, match=r"^RunDraft\.origin\.run: Field required$"):
        RunDraft(token="t", origin={"url": "local:", "experiment": "e"})


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: type(model).__name__)
def test_a_model_is_frozen(model: Model) -> None:
    field = next(iter(type(model).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(model, field, getattr(model, field))


@given(batches())
def test_any_batch_survives_json(batch: Batch) -> None:
    read = Batch.model_validate_json(batch.model_dump_json())
    assert read.params.keys() == batch.params.keys()
    assert all(same(read.params[key], value) for key, value in batch.params.items())
    assert read.model_copy(update={"params": {}}) == batch.model_copy(update={"params": {}})


@given(run_drafts())
def test_any_draft_survives_json(draft: RunDraft) -> None:
    assert RunDraft.model_validate_json(draft.model_dump_json()) == draft


@given(points())
def test_any_points_survive_json(some: Points) -> None:
    assert Points.model_validate_json(some.model_dump_json()) == some


@given(param_values)
def test_any_param_keeps_its_type_through_json(value: ParamValue) -> None:
    read = Batch.model_validate_json(Batch(params={"p": value}).model_dump_json()).params["p"]
    assert same(read, value)
    assert str(read) == str(value)  # the sign of zero too


@pytest.mark.parametrize("text", ["NaN", "nan", "Infinity", "inf", '{"float": "nan"}'])
def test_text_that_reads_like_no_number_stays_text(text: str) -> None:
    assert Batch.model_validate_json(Batch(params={"p": text}).model_dump_json()).params == {"p": text}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 5e-324])
def test_a_summary_holds_any_float_through_json(value: float) -> None:
    summary = MetricSummary(last=value, last_step=-(2**63), last_time=2**63 - 1, max=math.inf, count=3)
    run = Run(id="r", experiment=HOME, status="running", metrics={"m": summary})
    read = Run.model_validate_json(run.model_dump_json()).metrics["m"]
    assert (repr(read.last), read.last_step, read.max) == (repr(value), -(2**63), math.inf)


def test_json_is_strict() -> None:
    """No bare NaN: other programs' parsers refuse it."""

    def forbid(constant: str) -> Any:
        raise AssertionError(constant)

    batch = Batch(params={"p": math.nan}, points=(Points.of("m", [(0, 0, math.nan), (1, 1, -math.inf)]),))
    assert json.loads(batch.model_dump_json(), parse_constant=forbid)["points"][0]["values"] == ["nan", "-inf"]
