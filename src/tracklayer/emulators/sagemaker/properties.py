"""Properties of a Search record by their dotted names: `Parents.TrialName`, `Parameters.lr`, `Metrics.loss.max`.

* A first part must be a member of the record's shape in service-2.json, in any case: `Unknown property name` otherwise.
* The names of parameters, metrics, tags and artifacts are the caller's, and may have dots in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracklayer.emulators.aws.errors import invalid
from tracklayer.emulators.aws.service import Shape, service

#: The resources that are searched here -> the shape of their records.
RECORDS = {"Experiment": "Experiment", "ExperimentTrial": "Trial", "ExperimentTrialComponent": "TrialComponent"}
#: Properties that are found in any case.
NAMES = {
    "ExperimentName",
    "TrialName",
    "TrialComponentName",
    "ExperimentArn",
    "TrialArn",
    "TrialComponentArn",
    "RunName",
}
STATS = {name.lower(): name for name in ("Max", "Min", "Last", "Count", "Avg", "StdDev", "TimeStamp", "SourceArn")}

Values = Callable[[Mapping[str, Any]], list[Any]]


@dataclass(frozen=True)
class Property:
    """A property by its name. `kind`: `text`, `time`, or `open` where it is told only by the value itself."""

    name: str
    head: str
    kind: str
    folds: bool
    values: Values


def known(resource: str, name: str) -> Property:
    """The property of that name. Raises `AwsError`."""
    shape = service("sagemaker").shape(RECORDS[resource])
    first, _, rest = name.partition(".")
    head = _member(shape, first)
    if head is None:
        raise invalid(f"Unknown property name: {name}")
    if head == "Metrics" and rest:
        metric, _, stat = rest.rpartition(".")
        found = STATS.get(stat.lower()) if metric else None
        return Property(name, head, "open", False, _metric(metric if found else rest, found or "Last"))
    if head == "Parameters" and rest:
        return Property(name, head, "open", False, lambda record: _parameter(record.get(head, {}), rest))
    if head == "Tags":
        return Property(name, head, "text", False, lambda record: _tags(record.get(head, []), rest))
    if head in {"InputArtifacts", "OutputArtifacts"}:
        return Property(name, head, "text", False, lambda record: _artifacts(record.get(head, {}), rest))
    parts, kind, last = _path(shape.members[head], rest, name)
    return Property(name, head, kind, (last or head) in NAMES, lambda record: list(_walk(record.get(head), parts)))


def _member(shape: Shape, name: str) -> str | None:
    return next((member for member in shape.members if member.lower() == name.lower()), None)


def _path(shape: Shape, rest: str, name: str) -> tuple[list[str], str, str]:
    """The members on the way, the kind of what is there, and its own name. Lists are walked through."""
    parts: list[str] = []
    while True:
        while shape.kind == "list":
            shape = shape.item
        if not rest:
            break
        first, _, rest = rest.partition(".")
        member = _member(shape, first) if shape.kind == "structure" else None
        if member is None:
            raise invalid(f"Unknown property name: {name}")
        parts.append(member)
        shape = shape.members[member]
    kind = {"timestamp": "time", "string": "text"}.get(shape.kind, "open")
    return parts, kind, parts[-1] if parts else ""


def _walk(value: Any, parts: list[str]) -> Iterable[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, parts)
    elif parts and isinstance(value, Mapping):
        yield from _walk(value.get(parts[0]), parts[1:])
    elif value is not None:
        yield value


def _metric(metric: str, stat: str) -> Values:
    def values(record: Mapping[str, Any]) -> list[Any]:
        found = [one for one in record.get("Metrics", []) if one["MetricName"] == metric]
        return [one[stat] for one in found if stat in one]

    return values


def _parameter(parameters: Mapping[str, Mapping[str, Any]], name: str) -> list[Any]:
    found = parameters.get(name)
    return [] if found is None else [found["NumberValue"] if "NumberValue" in found else found["StringValue"]]


def _tags(tags: list[Mapping[str, str]], key: str) -> list[Any]:
    if key:
        return [tag["Value"] for tag in tags if tag["Key"] == key]
    return [text for tag in tags for text in (tag["Key"], tag["Value"])]


def _artifacts(artifacts: Mapping[str, Mapping[str, str]], rest: str) -> list[Any]:
    if not rest:
        return [text for name, artifact in artifacts.items() for text in (name, artifact["Value"])]
    if rest in artifacts:
        return [artifacts[rest]["Value"]]
    name, _, field = rest.rpartition(".")
    wanted = {"value": "Value", "mediatype": "MediaType"}.get(field.lower(), "")
    return [artifacts[name][wanted]] if wanted in artifacts.get(name, {}) else []
