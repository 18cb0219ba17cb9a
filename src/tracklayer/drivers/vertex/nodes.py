"""Artifacts and executions: what hangs on a run beside its metadata, and how it is tied to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from tracklayer.drivers.google import Json, Rest, finished
from tracklayer.drivers.vertex import names
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.errors import AlreadyExists, NotFound

#: Nodes that a list gives at once (types/metadata_service.py: page_size, 1-100 in REST).
PAGE = 100

Kind = Literal["artifacts", "executions"]
_SINGULAR: Mapping[str, str] = {"artifacts": "Artifact", "executions": "Execution"}


class Nodes:
    """The artifacts and executions of one location. Errors are ours."""

    def __init__(self, rest: Rest, contexts: Contexts) -> None:
        self._rest = rest
        self._contexts = contexts

    def put(self, kind: Kind, name: str, body: Mapping[str, Any]) -> str:
        """Make a node of this id, or change the one that is there. Gives its whole name."""
        single = _SINGULAR[kind]
        path, key = f"{self._contexts.here}/{kind}", f"{single.lower()}Id"
        try:
            made = self._rest.call("POST", path, operation=f"Create{single}", query={key: name}, body=body)
        except AlreadyExists:
            made = self._rest.call("PATCH", f"{path}/{quote(name)}", operation=f"Update{single}", body=body)
        self._contexts.learn(made)
        return str(made["name"])

    def get(self, kind: Kind, name: str) -> Json | None:
        """A node; None where it is not there."""
        path = f"{self._contexts.here}/{kind}/{quote(name)}"
        try:
            return self._rest.call("GET", path, operation=f"Get{_SINGULAR[kind]}")
        except NotFound:
            return None

    def page(
        self, kind: Kind, condition: str, after: str | None, size: int = PAGE
    ) -> tuple[Sequence[Json], str | None]:
        """One page of the nodes for which a filter holds, and where the next one begins."""
        query: dict[str, str | int] = {"filter": condition, "pageSize": size}
        if after is not None:
            query["pageToken"] = after
        operation = f"List{_SINGULAR[kind]}s"
        answer = self._rest.call("GET", f"{self._contexts.here}/{kind}", operation=operation, query=query)
        return answer.get(kind) or (), answer.get("nextPageToken") or None

    def inside(self, kind: Kind, context: str) -> Iterator[Json]:
        """All nodes of a context."""
        after: str | None = None
        while True:
            found, after = self.page(kind, self.condition(context), after)
            yield from found
            if after is None:
                return

    def condition(self, context: str) -> str:
        """The filter for what is in a context."""
        return f'in_context("{self._contexts.store}/contexts/{context}")'

    def attach(self, context: str, artifacts: Sequence[str] = (), executions: Sequence[str] = ()) -> None:
        """Put nodes, by their whole names, into a context. Twice is once."""
        self._rest.call(
            "POST",
            f"{self._contexts.here}/contexts/{quote(context)}:addContextArtifactsAndExecutions",
            operation="AddContextArtifactsAndExecutions",
            body={"artifacts": list(artifacts), "executions": list(executions)},
        )

    def read_by(self, execution: str, artifacts: Sequence[str]) -> None:
        """Say that an execution read these artifacts, all by their whole names. Twice is once."""
        path = f"{self._contexts.here}/executions/{quote(names.last(execution))}:addExecutionEvents"
        events = [{"artifact": artifact, "type": "INPUT"} for artifact in artifacts]
        self._rest.call("POST", path, operation="AddExecutionEvents", body={"events": events})

    def lineage(self, context: str) -> Json:
        """What is in a context and how it hangs together: `artifacts`, `executions`, `events`."""
        path = f"{self._contexts.here}/contexts/{quote(context)}:queryContextLineageSubgraph"
        return self._rest.call("GET", path, operation="QueryContextLineageSubgraph")

    def delete(self, kind: Kind, name: str) -> None:
        """Delete a node. One that is not there is as good as deleted."""
        operation = f"Delete{_SINGULAR[kind]}"
        try:
            answer = self._rest.call("DELETE", f"{self._contexts.here}/{kind}/{quote(name)}", operation=operation)
            finished(self._rest, answer, operation)
        except NotFound:
            return
