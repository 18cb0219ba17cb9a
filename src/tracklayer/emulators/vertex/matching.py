"""What a filter means for a resource, and order_by.

* Only fields that the service's docs name are known; another one is INVALID_ARGUMENT.
* Text is compared as it is, `*` standing for anything in `=` and `!=`; times as RFC 3339; names with the project's id
  or its number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any, TypeAlias

from tracklayer.emulators.vertex.core import Core
from tracklayer.emulators.vertex.errors import ApiError, invalid
from tracklayer.emulators.vertex.filters import And, Call, Comparison, Node, Or, parsed
from tracklayer.emulators.vertex.messages import Message, time_of

Test: TypeAlias = Callable[[Message], bool]

_COMPARING: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: Collection -> the fields that its filters and its order_by know.
#: Metadata: types/metadata_service.py. TensorBoard's are not documented: those of its resources.
FIELDS: Mapping[str, frozenset[str]] = {
    "contexts": frozenset({"name", "display_name", "schema_title", "create_time", "update_time"}),
    "artifacts": frozenset({"name", "display_name", "uri", "state", "schema_title", "create_time", "update_time"}),
    "executions": frozenset({"name", "display_name", "state", "schema_title", "create_time", "update_time"}),
    "metadataSchemas": frozenset({"name", "schema_version", "create_time"}),
    "tensorboards": frozenset({"name", "display_name", "is_default", "create_time", "update_time"}),
    "experiments": frozenset({"name", "display_name", "source", "create_time", "update_time"}),
    "runs": frozenset({"name", "display_name", "create_time", "update_time"}),
    "timeSeries": frozenset({"name", "display_name", "value_type", "plugin_name", "create_time", "update_time"}),
    "points": frozenset({"step", "wall_time"}),
}
_TYPES = ("number_value", "string_value", "bool_value")


def test_of(core: Core, collection: str, text: str) -> Test:
    """What a filter lets through. Raises INVALID_ARGUMENT."""
    tree = parsed(text)
    return _always if tree is None else _Meaning(core, collection).of(tree)


def ordered(collection: str, text: str, found: list[Message]) -> list[Message]:
    """The resources in the order that `order_by` says; as they are where it is empty. Raises INVALID_ARGUMENT."""
    for part in reversed([part.split() for part in text.split(",")] if text.strip() else []):
        if not part or part[0] not in FIELDS[collection] or part[1:] not in ([], ["desc"], ["asc"]):
            raise invalid(f"Invalid order_by: {text}")
        found = sorted(found, key=partial(_value, part[0]), reverse=part[1:] == ["desc"])
    return found


def _always(_resource: Message) -> bool:
    return True


def _value(field: str, resource: Message) -> Any:
    value = getattr(resource, field)
    return time_of(value) if hasattr(value, "nanos") else value


class _Meaning:
    def __init__(self, core: Core, collection: str) -> None:
        self.core = core
        self.collection = collection

    def of(self, node: Node) -> Test:
        if isinstance(node, And):
            parts = [self.of(part) for part in node.parts]
            return lambda resource: all(part(resource) for part in parts)
        if isinstance(node, Or):
            parts = [self.of(part) for part in node.parts]
            return lambda resource: any(part(resource) for part in parts)
        return self.call(node) if isinstance(node, Call) else self.comparison(node)

    def call(self, call: Call) -> Test:
        if call.name != "in_context" or self.collection not in {"artifacts", "executions"}:
            raise invalid(f"Invalid filter: unsupported function {call.name} for {self.collection}.")
        context = self.core.name(call.argument)
        members = self.core.members.get(context, {})
        return lambda resource: resource.name in members

    def comparison(self, asked: Comparison) -> Test:
        field = asked.path[0]
        if asked.comparator == ":":
            return self.kin(asked)
        if field == "metadata" and self.collection in {"contexts", "artifacts", "executions"}:
            return self.within(asked)
        if field == "labels" and "labels" in self.labelled():
            return self.label(asked)
        if len(asked.path) > 1 or field not in FIELDS[self.collection]:
            raise self.unsupported(asked)
        return self.attribute(field, asked)

    def labelled(self) -> set[str]:
        return {"labels"} if self.collection in {"tensorboards", "experiments", "runs"} else set()

    def label(self, asked: Comparison) -> Test:
        if len(asked.path) != 2:  # noqa: PLR2004 -- labels.key
            raise self.unsupported(asked)
        compare = _texts(asked)
        return lambda resource: asked.path[1] in resource.labels and compare(resource.labels[asked.path[1]])

    def kin(self, asked: Comparison) -> Test:
        """`parent_contexts:"..."`, `child_contexts:"..."`."""
        if self.collection != "contexts" or asked.path not in {("parent_contexts",), ("child_contexts",)}:
            raise self.unsupported(asked)
        name = self.core.name(asked.value)
        if asked.path == ("parent_contexts",):
            return lambda resource: name in resource.parent_contexts
        child = self.core.find(name)
        parents = set(child.parent_contexts) if child is not None else set()
        return lambda resource: resource.name in parents

    def attribute(self, field: str, asked: Comparison) -> Test:
        if field in {"create_time", "update_time", "wall_time"}:
            moment, compare = _moment(asked.value), _COMPARING[asked.comparator]
            return lambda resource: compare(time_of(getattr(resource, field)), moment)
        if field == "step":
            step, compare = _number(asked), _COMPARING[asked.comparator]
            return lambda resource: compare(resource.step, step)
        if field in {"state", "value_type"}:
            return self.enumerated(field, asked)
        if field == "is_default":
            wanted, compare = _truth(asked), _COMPARING[asked.comparator]
            return lambda resource: compare(resource.is_default, wanted)
        if field == "name":
            asked = Comparison(asked.path, asked.comparator, self.core.name(asked.value), asked.quoted)
        text = _texts(asked)
        return lambda resource: text(getattr(resource, field))

    def enumerated(self, field: str, asked: Comparison) -> Test:
        compare = _COMPARING[asked.comparator]

        def test(resource: Message) -> bool:
            kind = resource.DESCRIPTOR.fields_by_name[field].enum_type
            known = kind.values_by_name.get(asked.value)
            if known is None:
                raise invalid(f"Invalid filter: {asked.value} is no {kind.name}.")
            return compare(getattr(resource, field), known.number)

        return test

    def within(self, asked: Comparison) -> Test:
        """`metadata.key.number_value = 3`; keys within keys under a knob."""
        *keys, kind = asked.path[1:] or ("",)
        nested = len(keys) > 1 and self.core.knobs.nested_filters == "refused"
        if not keys or nested or kind not in _TYPES:
            raise self.unsupported(asked)
        compare = _COMPARING[asked.comparator]
        if kind == "string_value":
            test: Callable[[Any], bool] = _texts(asked)
        else:
            wanted: Any = _number(asked) if kind == "number_value" else _truth(asked)
            test = lambda value: compare(value, wanted)  # noqa: E731 -- as its neighbour

        def holds(resource: Message) -> bool:
            struct = resource.metadata
            for key in keys[:-1]:
                if key not in struct.fields:
                    return False
                struct = struct.fields[key].struct_value
            if keys[-1] not in struct.fields:
                return False
            value = struct.fields[keys[-1]]
            return value.WhichOneof("kind") == kind and test(getattr(value, kind))

        return holds

    def unsupported(self, asked: Comparison) -> ApiError:
        return invalid(
            f"Invalid filter: unsupported field {'.'.join(asked.path)} {asked.comparator} for {self.collection}."
        )


def _texts(asked: Comparison) -> Callable[[str], bool]:
    value, compare = asked.value, _COMPARING[asked.comparator]
    if "*" in value and asked.comparator in {"=", "!="}:
        pattern = re.compile(".*".join(map(re.escape, value.split("*"))), re.DOTALL)
        return lambda text: (pattern.fullmatch(text) is not None) == (asked.comparator == "=")
    return lambda text: compare(text, value)


def _number(asked: Comparison) -> float:
    try:
        return float(asked.value)
    except ValueError:
        raise invalid(f"Invalid filter: {asked.value!r} is no number.") from None


def _truth(asked: Comparison) -> bool:
    if asked.value not in {"true", "false"}:
        raise invalid(f"Invalid filter: {asked.value!r} is no boolean.")
    return asked.value == "true"


def _moment(text: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", text)
    wrong = invalid(f"Invalid filter: {text!r} is no time in RFC 3339 format.")
    if found is None:
        raise wrong
    zone = "+00:00" if found[4] in {"Z", "z"} else found[4]
    try:
        whole = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}").astimezone(timezone.utc)
    except ValueError:
        raise wrong from None
    return int(whole.timestamp()) * 1_000_000_000 + int((found[3] or "").ljust(9, "0"))
