"""How contexts, artifacts and executions hang together: children, members, events, and the graphs they make."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tracklayer.emulators.vertex import checks
from tracklayer.emulators.vertex.core import Core, Handler
from tracklayer.emulators.vertex.errors import ApiError, invalid
from tracklayer.emulators.vertex.matching import test_of
from tracklayer.emulators.vertex.messages import Message, copied, make, set_time

#: "A Context may have at most 10 parent_contexts." types/context.py
PARENTS = 10
#: "FAILED_PRECONDITION if the number of Artifacts, the number of Executions, or the number of Events ... exceeds 1000."
LARGEST = 1000
#: The number of an event's field `type`. types/event.py
_TYPE = 4


def _add_children(core: Core, asked: Message) -> Message:
    parent = core.get(asked.context, "context")
    children = [core.get(name, "context") for name in asked.child_contexts]
    above = _ancestors(core, parent.name)
    for child in children:
        if child.name in above:
            raise invalid(f"Adding context {child.name} as a child of {parent.name} would create a cycle.")
        if parent.name not in child.parent_contexts and len(child.parent_contexts) >= PARENTS:
            raise invalid(f"Context {child.name} would have more than {PARENTS} parents.")
    for child in children:
        if parent.name not in child.parent_contexts:
            child.parent_contexts.append(parent.name)
    return make("AddContextChildrenResponse")


def _ancestors(core: Core, name: str) -> set[str]:
    """The context itself and all above it."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            context = core.find(current)
            waiting += [] if context is None else context.parent_contexts
    return found


def _remove_children(core: Core, asked: Message) -> Message:
    parent = core.get(asked.context, "context")
    for child in [core.get(name, "context") for name in asked.child_contexts]:
        if parent.name in child.parent_contexts:
            child.parent_contexts.remove(parent.name)
    return make("RemoveContextChildrenResponse")


def _add_members(core: Core, asked: Message) -> Message:
    context = core.get(asked.context, "context").name
    names = [core.get(name, "artifact").name for name in asked.artifacts]
    names += [core.get(name, "execution").name for name in asked.executions]
    core.members[context].update(dict.fromkeys(names))
    return make("AddContextArtifactsAndExecutionsResponse")


def _add_events(core: Core, asked: Message) -> Message:
    execution = core.get(asked.execution, "execution").name
    events = [copied(event) for event in asked.events]
    for event in events:
        event.artifact = core.get(event.artifact, "artifact").name
        event.execution = execution
        if not getattr(event, event.DESCRIPTOR.fields_by_number[_TYPE].name):  # proto-plus writes it type_
            raise invalid("The type of an event is required.")
        checks.labels(event.labels)
        set_time(event.event_time, core.now())
    for event in events:
        core.events[execution].setdefault(event.artifact, event)
        core.used_in[event.artifact][execution] = None
    return make("AddExecutionEventsResponse")


def _of_context(core: Core, asked: Message) -> Message:
    members = core.members.get(core.get(asked.context, "context").name, {})
    executions = [name for name in members if "/executions/" in name]
    artifacts = {name for name in members if "/artifacts/" in name}
    events = [
        event
        for execution in executions
        for event in core.events.get(execution, {}).values()
        if event.artifact in artifacts
    ]
    return _graph(core, [name for name in members if name in artifacts], executions, events)


def _of_execution(core: Core, asked: Message) -> Message:
    execution = core.get(asked.execution, "execution").name
    events = list(core.events.get(execution, {}).values())
    return _graph(core, [event.artifact for event in events], [execution], events)


def _of_artifact(core: Core, asked: Message) -> Message:
    """The graph around an artifact; a hop is an edge. https://cloud.google.com/vertex-ai/docs/ml-metadata/analyzing."""
    start = core.get(asked.artifact, "artifact").name
    if asked.max_hops < 0:
        raise invalid("max_hops must not be negative.")
    test = test_of(core, "artifacts", asked.filter)
    hops = asked.max_hops or None
    artifacts, executions = {start: None}, dict[str, None]()
    edge, gone = [start], 0
    while edge and (hops is None or gone < hops):
        gone += 1
        if gone % 2:
            edge = [one for name in edge for one in core.used_in.get(name, {}) if one not in executions]
            executions.update(dict.fromkeys(edge))
        else:
            edge = [one for name in edge for one in core.events.get(name, {}) if one not in artifacts]
            edge = [name for name in dict.fromkeys(edge) if test(core.find(name))]
            artifacts.update(dict.fromkeys(edge))
    events = [
        event
        for execution in executions
        for event in core.events.get(execution, {}).values()
        if event.artifact in artifacts
    ]
    return _graph(core, artifacts, executions, events)


def _graph(core: Core, artifacts: Iterable[str], executions: Iterable[str], events: Collection[Message]) -> Message:
    nodes = [core.find(name) for name in artifacts]
    doings = [core.find(name) for name in executions]
    if max(len(nodes), len(doings), len(events)) > LARGEST:
        raise ApiError(
            "FAILED_PRECONDITION",
            f"The lineage subgraph is too large: {len(nodes)} artifacts, {len(doings)} executions, {len(events)} "
            f"events; at most {LARGEST} of each can be returned.",
        )
    return make("LineageSubgraph", artifacts=nodes, executions=doings, events=events)


HANDLERS: Mapping[str, Handler] = {
    "AddContextChildren": _add_children,
    "RemoveContextChildren": _remove_children,
    "AddContextArtifactsAndExecutions": _add_members,
    "AddExecutionEvents": _add_events,
    "QueryContextLineageSubgraph": _of_context,
    "QueryExecutionInputsAndOutputs": _of_execution,
    "QueryArtifactLineageSubgraph": _of_artifact,
}
