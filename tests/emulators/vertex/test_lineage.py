from __future__ import annotations

from typing import Any

import pytest
from tests.emulators.vertex.wire import Refused, Wire


def children(wire: Wire, parent: str, *numbers: str, verb: str = "addContextChildren") -> Any:
    names = [f"{wire.store}/contexts/{number}" for number in numbers]
    return wire.post(f"{wire.store}/contexts/{parent}:{verb}", {"childContexts": names})


def parents(wire: Wire, number: str) -> list[str]:
    found = wire.get(f"{wire.store}/contexts/{number}").get("parentContexts", [])
    return [name.rpartition("/")[2] for name in found]


def members(wire: Wire, context: str, artifacts: list[str], executions: list[str]) -> Any:
    return wire.post(
        f"{wire.store}/contexts/{context}:addContextArtifactsAndExecutions",
        {
            "artifacts": [f"{wire.store}/artifacts/{number}" for number in artifacts],
            "executions": [f"{wire.store}/executions/{number}" for number in executions],
        },
    )


def event(wire: Wire, execution: str, artifact: str, kind: str | int = "INPUT", **more: Any) -> Any:
    edge = {"artifact": f"{wire.store}/artifacts/{artifact}", "type": kind, **more}
    return wire.post(f"{wire.store}/executions/{execution}:addExecutionEvents", {"events": [edge]})


def ids(graph: Any) -> tuple[list[str], list[str], int]:
    """(artifacts, executions, how many events)."""
    return (
        [one["name"].rpartition("/")[2] for one in graph.get("artifacts", [])],
        [one["name"].rpartition("/")[2] for one in graph.get("executions", [])],
        len(graph.get("events", [])),
    )


def test_a_child_is_added_once_and_removed(wire: Wire) -> None:
    wire.context("exp-a")
    before = wire.context("run-a")
    assert children(wire, "exp-a", "run-a") == {}
    assert children(wire, "exp-a", "run-a") == {}
    assert parents(wire, "run-a") == ["exp-a"]
    assert wire.get(f"{wire.store}/contexts/run-a")["etag"] == before["etag"]
    children(wire, "exp-a", "run-a", "exp-a", verb="removeContextChildren")
    assert parents(wire, "run-a") == []


def test_a_context_has_ten_parents(wire: Wire) -> None:
    wire.context("child")
    for number in range(11):
        wire.context(f"exp-{number}")
    for number in range(10):
        children(wire, f"exp-{number}", "child")
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*more than 10 parents"):
        children(wire, "exp-10", "child")
    children(wire, "exp-9", "child")
    assert len(parents(wire, "child")) == 10


def test_there_is_no_cycle(wire: Wire) -> None:
    for number in ("aaaa", "bbbb", "cccc"):
        wire.context(number)
    children(wire, "aaaa", "bbbb")
    children(wire, "bbbb", "cccc")
    for parent, child in (("cccc", "aaaa"), ("aaaa", "aaaa")):
        with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*cycle"):
            children(wire, parent, child)


def test_all_or_none_of_the_children_are_added(wire: Wire) -> None:
    wire.context("exp-a")
    wire.context("run-a")
    with pytest.raises(Refused, match="NOT_FOUND"):
        children(wire, "exp-a", "run-a", "nobody")
    assert parents(wire, "run-a") == []


def test_members_are_in_a_context_once(wire: Wire) -> None:
    wire.context("run-a")
    wire.artifact("art-a")
    wire.execution("exec-a")
    for _ in range(2):
        assert members(wire, "run-a", ["art-a"], ["exec-a"]) == {}
    graph = wire.get(f"{wire.store}/contexts/run-a:queryContextLineageSubgraph")
    assert ids(graph) == (["art-a"], ["exec-a"], 0)
    with pytest.raises(Refused, match=r"NOT_FOUND.*artifact resource"):
        members(wire, "run-a", ["nobody"], [])


@pytest.fixture
def chain(wire: Wire) -> Wire:
    """art-0 -> exec-0 -> art-1 -> exec-1 -> art-2; all but art-2 are in run-a."""
    wire.context("run-a")
    for number in range(3):
        wire.artifact(f"art-{number}", displayName=f"art {number}")
    for number in range(2):
        wire.execution(f"exec-{number}")
        event(wire, f"exec-{number}", f"art-{number}", "INPUT")
        event(wire, f"exec-{number}", f"art-{number + 1}", 2, labels={"k": "v"})
    members(wire, "run-a", ["art-0", "art-1"], ["exec-0", "exec-1"])
    return wire


def test_an_event_is_an_edge_that_is_made_once(chain: Wire) -> None:
    event(chain, "exec-0", "art-0", "OUTPUT")
    graph = chain.get(f"{chain.store}/executions/exec-0:queryExecutionInputsAndOutputs")
    assert ids(graph) == (["art-0", "art-1"], ["exec-0"], 2)
    first, second = graph["events"]
    assert (first["type"], second["type"], second["labels"]) == ("INPUT", "OUTPUT", {"k": "v"})
    assert first["execution"] == f"{chain.store}/executions/exec-0"
    assert first["eventTime"] > "2020"


def test_an_event_has_a_type_and_an_artifact_that_is_there(chain: Wire) -> None:
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*type"):
        event(chain, "exec-0", "art-2", 0)
    with pytest.raises(Refused, match="NOT_FOUND"):
        event(chain, "exec-0", "nobody")


def test_the_graph_of_a_context_has_the_edges_between_its_members(chain: Wire) -> None:
    graph = chain.get(f"{chain.store}/contexts/run-a:queryContextLineageSubgraph")
    assert ids(graph) == (["art-0", "art-1"], ["exec-0", "exec-1"], 3)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, (["art-0", "art-1", "art-2"], ["exec-0", "exec-1"], 4)),
        ({"maxHops": 1}, (["art-0"], ["exec-0"], 1)),
        ({"maxHops": 2}, (["art-0", "art-1"], ["exec-0"], 2)),
        ({"filter": 'display_name="art 0"'}, (["art-0"], ["exec-0"], 1)),
    ],
    ids=["all", "one-hop", "two-hops", "filtered"],
)
def test_the_graph_around_an_artifact_grows_hop_by_hop(chain: Wire, parameters: dict[str, Any], found: Any) -> None:
    graph = chain.get(f"{chain.store}/artifacts/art-0:queryArtifactLineageSubgraph", **parameters)
    assert ids(graph) == found


def test_hops_are_not_negative(chain: Wire) -> None:
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        chain.get(f"{chain.store}/artifacts/art-0:queryArtifactLineageSubgraph", maxHops=-1)


def test_what_is_deleted_leaves_no_edge(chain: Wire) -> None:
    chain.delete(f"{chain.store}/artifacts/art-1")
    chain.delete(f"{chain.store}/executions/exec-1")
    graph = chain.get(f"{chain.store}/contexts/run-a:queryContextLineageSubgraph")
    assert ids(graph) == (["art-0"], ["exec-0"], 1)
    assert ids(chain.get(f"{chain.store}/artifacts/art-2:queryArtifactLineageSubgraph")) == (["art-2"], [], 0)


def test_a_graph_has_1000_artifacts(wire: Wire) -> None:
    wire.context("run-a")
    numbers = [f"art-{number}" for number in range(1001)]
    for number in numbers:
        wire.artifact(number)
    members(wire, "run-a", numbers[:1000], [])
    graph = wire.get(f"{wire.store}/contexts/run-a:queryContextLineageSubgraph")
    assert len(graph["artifacts"]) == 1000
    members(wire, "run-a", numbers[1000:], [])
    with pytest.raises(Refused, match=r"FAILED_PRECONDITION.*1001 artifacts"):
        wire.get(f"{wire.store}/contexts/run-a:queryContextLineageSubgraph")
