from __future__ import annotations

from typing import Any

import pytest
from tests.emulators.vertex.wire import Refused, Wire

from tracklayer.emulators.vertex import PROJECT
from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.filters import And, Call, Comparison, Or, parsed

STORE = f"projects/{PROJECT}/locations/us-central1/metadataStores/default"
MODEL = f"https://us-central1-aiplatform.googleapis.com/v1/projects/{PROJECT}/locations/us-central1/models/1@1"
METRICS = " OR ".join(
    f'schema_title="{title}"'
    for title in (
        "system.Metrics",
        "google.ClassificationMetrics",
        "google.RegressionMetrics",
        "google.ForecastingMetrics",
    )
)


def is_(field: str, value: str, *, quoted: bool = True) -> Comparison:
    return Comparison((field,), "=", value, quoted)


def test_or_binds_tighter_than_and() -> None:
    assert parsed('a="1" AND b="2" OR c="3" AND d="4"') == And(
        (is_("a", "1"), Or((is_("b", "2"), is_("c", "3"))), is_("d", "4"))
    )


def test_paths_values_and_calls_are_read_as_they_stand() -> None:
    assert parsed('metadata."a:b".string_value != \'x "y"\'') == Comparison(
        ("metadata", "a:b", "string_value"), "!=", 'x "y"', quoted=True
    )
    assert parsed("update_time <= 2020-11-19T11:30:00-04:00") == Comparison(
        ("update_time",), "<=", "2020-11-19T11:30:00-04:00", quoted=False
    )
    assert parsed('in_context("a/b")') == Call("in_context", "a/b")
    assert parsed(r'a = "q\"\\"') == is_("a", 'q"\\')
    assert parsed("  ") is None


@pytest.mark.parametrize(
    "text",
    ["a", "a=", '="x"', '(a="x"', 'a="x")', 'a="x" b="y"', 'NOT a="x"', '-a="x"', 'a="x" AND', "a=(b)", "f(", 'a="x'],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="INVALID_ARGUMENT: Invalid filter"):
        parsed(text)


def test_parentheses_nest_five_deep() -> None:
    assert parsed("(" * 5 + 'a="x"' + ")" * 5) == is_("a", "x")
    with pytest.raises(ApiError, match="depth"):
        parsed("(" * 6 + 'a="x"' + ")" * 6)


@pytest.fixture
def stocked(wire: Wire) -> Wire:
    """Two experiments, three runs of the first, artifacts and executions in one of them."""
    wire.context("exp-a", displayName="exp-a", schemaTitle="system.Experiment")
    wire.context("exp-b", displayName="exp b", schemaTitle="system.Experiment")
    wire.context("exp-a-run", schemaTitle="system.ExperimentRun", metadata={"lr": 0.5, "on": True, "a:b": "x"})
    wire.context("exp-a-pipe", schemaTitle="system.PipelineRun", metadata={"lr": 2, "deep": {"k": "v"}})
    wire.context("orphan", schemaTitle="system.ExperimentRun", metadata={"lr": "0.5"})
    children = [f"{STORE}/contexts/exp-a-run", f"{STORE}/contexts/exp-a-pipe"]
    wire.post(f"{STORE}/contexts/exp-a:addContextChildren", {"childContexts": children})
    wire.artifact("art-run", schemaTitle="google.ClassificationMetrics", uri="x")
    wire.artifact("art-model", schemaTitle="google.ExperimentModel", uri="gs://b/m", state="LIVE")
    wire.artifact(
        "art-vertex",
        schemaTitle="google.VertexModel",
        uri=MODEL,
    )
    wire.execution("exec-run", schemaTitle="system.Run", state="COMPLETE")
    wire.execution("exec-job", schemaTitle="system.CustomJobExecution", state="FAILED")
    wire.post(
        f"{STORE}/contexts/exp-a-run:addContextArtifactsAndExecutions",
        {
            "artifacts": [f"{STORE}/artifacts/art-run", f"{STORE}/artifacts/art-model"],
            "executions": [f"{STORE}/executions/exec-run", f"{STORE}/executions/exec-job"],
        },
    )
    return wire


RUN = f'in_context("{STORE}/contexts/exp-a-run")'
PARENT = f'parent_contexts:"{STORE}/contexts/exp-a"'


@pytest.mark.parametrize(
    ("collection", "text", "found"),
    [
        # What the official SDK sends: shared/providers/vertex.md, 2.2.
        ("contexts", 'schema_title="system.Experiment"', ["exp-a", "exp-b"]),
        ("contexts", 'schema_title="system.Experiment" AND (display_name = exp-a)', ["exp-a"]),
        ("contexts", f'schema_title="system.ExperimentRun" AND {PARENT}', ["exp-a-run"]),
        (
            "contexts",
            f'(schema_title="system.ExperimentRun" OR schema_title="system.PipelineRun") AND {PARENT}',
            ["exp-a-run", "exp-a-pipe"],
        ),
        ("executions", f'schema_title="system.Run" AND {RUN}', ["exec-run"]),
        ("executions", f'(schema_title="system.Run") AND {RUN}', ["exec-run"]),
        ("artifacts", RUN, ["art-run", "art-model"]),
        ("executions", RUN, ["exec-run", "exec-job"]),
        ("artifacts", f'schema_title="google.ClassificationMetrics" AND {RUN}', ["art-run"]),
        ("artifacts", f'{RUN} AND schema_title="google.ExperimentModel"', ["art-model"]),
        (
            "artifacts",
            f"({METRICS}) AND {RUN}",
            ["art-run"],
        ),
        (
            "artifacts",
            f'schema_title="google.VertexModel" AND uri="{MODEL}"',
            ["art-vertex"],
        ),
        ("artifacts", 'uri = "x"', ["art-run"]),
        # What the docs name besides.
        ("contexts", f'name="{STORE}/contexts/exp-b"', ["exp-b"]),
        ("contexts", 'display_name="exp*"', ["exp-a", "exp-b"]),
        ("contexts", 'display_name!="exp*"', ["exp-a-run", "exp-a-pipe", "orphan"]),
        ("contexts", f'child_contexts:"{STORE}/contexts/exp-a-pipe"', ["exp-a"]),
        ("contexts", f'child_contexts:"{STORE}/contexts/nobody"', []),
        ("contexts", "metadata.lr.number_value = 0.5", ["exp-a-run"]),
        ("contexts", "metadata.lr.number_value >= 0.5", ["exp-a-run", "exp-a-pipe"]),
        ("contexts", 'metadata.lr.string_value = "0.5"', ["orphan"]),
        ("contexts", "metadata.on.bool_value = true", ["exp-a-run"]),
        ("contexts", 'metadata."a:b".string_value = "x"', ["exp-a-run"]),
        ("contexts", 'create_time > "2020-01-01T00:00:00Z" AND display_name="exp-a"', ["exp-a"]),
        ("contexts", "create_time < 2020-01-01T00:00:00.5+02:00", []),
        ("artifacts", "state = LIVE", ["art-model"]),
        ("executions", 'state = "COMPLETE" OR state = "FAILED"', ["exec-run", "exec-job"]),
        ("executions", f'in_context("{STORE}/contexts/exp-b")', []),
    ],
)
def test_a_filter_finds(stocked: Wire, collection: str, text: str, found: list[str]) -> None:
    assert stocked.listed(collection, filter=text) == found


@pytest.mark.parametrize(
    ("collection", "text"),
    [
        ("contexts", 'colour="red"'),
        ("contexts", 'uri="x"'),
        ("contexts", RUN),
        ("contexts", 'other("x")'),
        ("contexts", 'display_name:"x"'),
        ("contexts", 'schema_title.x="y"'),
        ("contexts", "metadata.lr = 0.5"),
        ("contexts", 'metadata.lr.list_value = "x"'),
        ("contexts", 'metadata.lr.number_value = "x"'),
        ("contexts", "metadata.on.bool_value = 1"),
        ("contexts", 'metadata.deep.k.string_value = "v"'),
        ("contexts", 'create_time > "yesterday"'),
        ("artifacts", PARENT),
        ("artifacts", "state = NOWHERE"),
        ("artifacts", 'labels.k="v"'),
    ],
)
def test_what_the_docs_do_not_name_is_refused(stocked: Wire, collection: str, text: str) -> None:
    with pytest.raises(Refused, match="INVALID_ARGUMENT: Invalid filter"):
        stocked.listed(collection, filter=text)


def test_keys_within_keys_are_found_under_a_knob(stocked: Wire) -> None:
    stocked.emulator.tune(nested_filters="accepted")
    assert stocked.listed("contexts", filter='metadata.deep.k.string_value = "v"') == ["exp-a-pipe"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("display_name", ["exp-a-run", "exp-a-pipe", "orphan", "exp-b", "exp-a"]),
        ("display_name desc", ["exp-a", "exp-b", "exp-a-run", "exp-a-pipe", "orphan"]),
        ("schema_title desc, name desc", ["exp-a-pipe", "orphan", "exp-a-run", "exp-b", "exp-a"]),
        ("create_time desc", ["orphan", "exp-a-pipe", "exp-a-run", "exp-b", "exp-a"]),
    ],
)
def test_lists_are_ordered_as_asked(stocked: Wire, asked: str, found: list[str]) -> None:
    assert stocked.listed("contexts", orderBy=asked) == found


@pytest.mark.parametrize("asked", ["colour", "name up", ",", "name,"])
def test_another_order_is_refused(stocked: Wire, asked: str) -> None:
    with pytest.raises(Refused, match="INVALID_ARGUMENT: Invalid order_by"):
        stocked.listed("contexts", orderBy=asked)


def test_labels_and_defaults_of_boards_are_found(wire: Wire) -> None:
    def made(**fields: Any) -> None:
        wire.post(f"{wire.location}/tensorboards", fields)

    def found(text: str) -> list[str]:
        boards = wire.get(f"{wire.location}/tensorboards", filter=text).get("tensorboards", [])
        return [one["displayName"] for one in boards]

    made(displayName="plain")
    made(displayName="chosen", isDefault=True, labels={"team": "a"})
    assert found("is_default=true") == ["chosen"]
    assert found('labels.team="a"') == ["chosen"]
    assert found('display_name="pl*"') == ["plain"]
    made(displayName="next", isDefault=True)
    assert found("is_default=true") == ["next"]
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        found("is_default=maybe")
