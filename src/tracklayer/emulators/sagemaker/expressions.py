"""Search expressions: filters, nested filters, sub-expressions, And and Or.

* Numbers are compared as numbers, times as ISO 8601, all else as text. Names of things compare in any case.
* https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeAlias, cast

from tracklayer.emulators.aws.errors import AwsError, invalid
from tracklayer.emulators.sagemaker.properties import Property, known

Condition: TypeAlias = Callable[[Mapping[str, Any]], bool]
#: Filters, nested filters and sub-expressions of one search, all together. API_Search.html, SearchExpression.
MOST = 50
#: What Contains may be used on more than once.
MANY_CONTAINS = {
    "DisplayName",
    "ExperimentName",
    "TrialName",
    "TrialComponentName",
    "Tags",
    "InputArtifacts",
    "OutputArtifacts",
}
COMPARING = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


class Expression:
    """A whole expression, checked. `holds(record)`; `heads`: first parts of all properties in it. Raises `AwsError`."""

    def __init__(self, resource: str, given: Mapping[str, Any] | None) -> None:
        self.heads: set[str] = set()
        self._resource = resource
        self._size = 0
        self._contains = 0
        self.holds: Condition = (lambda _record: True) if given is None else self._expression(given)
        if self._size > MOST:
            raise invalid(
                f"The search has {self._size} filters, nested filters and sub-expressions: at most {MOST} are allowed."
            )
        if self._contains > 1:
            raise invalid("'CONTAINS' operator usage limit of 1 exceeded.")

    def _expression(self, given: Mapping[str, Any]) -> Condition:
        parts = [self._filter(one) for one in given.get("Filters", [])]
        parts += [self._nested(one) for one in given.get("NestedFilters", [])]
        parts += [self._expression(one) for one in given.get("SubExpressions", [])]
        self._size += len(given.get("SubExpressions", []))
        if not parts:
            raise invalid("A SearchExpression must have at least one filter, nested filter or subexpression.")
        join = any if given.get("Operator") == "Or" else all
        return lambda record: join(part(record) for part in parts)

    def _filter(self, given: Mapping[str, Any]) -> Condition:
        self._size += 1
        wanted = known(self._resource, given["Name"])
        self.heads.add(wanted.head)
        if given.get("Operator") == "Contains" and wanted.head not in MANY_CONTAINS:
            self._contains += 1
        return _condition(wanted, given)

    def _nested(self, given: Mapping[str, Any]) -> Condition:
        """All filters hold of one and the same item of a list."""
        self._size += 1
        over = known(self._resource, given["NestedPropertyName"])
        self.heads.add(over.head)
        parts = [self._filter(one) for one in given["Filters"]]
        return lambda record: any(
            all(part({over.head: [item]}) for part in parts)
            for item in record.get(over.head, ())
            if isinstance(item, Mapping)
        )


def _condition(wanted: Property, given: Mapping[str, Any]) -> Condition:
    name = given.get("Operator", "Equals")
    if name in {"Exists", "NotExists"}:
        return lambda record: bool(wanted.values(record)) == (name == "Exists")
    if "Value" not in given:
        raise invalid(f"A value is required for operator {name} on property {wanted.name}.")
    if name in COMPARING:
        if wanted.kind == "text":
            raise invalid(f"Operator {name} is not supported for text property {wanted.name}.")
        bound, compare = cast("float", _number(wanted, given["Value"])), COMPARING[name]
        return lambda record: any(
            compare(value, bound) for value in wanted.values(record) if not isinstance(value, str)
        )
    if name in {"Contains", "In"} and wanted.kind == "time":
        raise invalid(f"Operator {name} is only supported for text properties, which {wanted.name} is not.")
    matches = _text(wanted, name, given["Value"])
    if name == "NotEquals":
        return lambda record: not any(matches(value) for value in wanted.values(record))
    return lambda record: any(matches(value) for value in wanted.values(record))


def _text(wanted: Property, name: str, given: str) -> Callable[[Any], bool]:
    """Whether one value equals, contains or is among what is given."""
    text = given.lower() if wanted.folds else given
    among = {part.strip() for part in text.split(",")} if name == "In" else set()
    number = _number(wanted, given, strict=wanted.kind == "time") if name in {"Equals", "NotEquals"} else None

    def matches(value: Any) -> bool:
        if not isinstance(value, str):
            return number is not None and value == number
        held = value.lower() if wanted.folds else value
        return held in among if name == "In" else text in held if name == "Contains" else held == text

    return matches


def _number(wanted: Property, given: str, *, strict: bool = True) -> float | None:
    """A number, or the time it names in seconds."""
    try:
        if wanted.kind != "time" and not wanted.name.lower().endswith(".timestamp"):
            return float(given)
        moment = datetime.fromisoformat(given.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except ValueError:
        if strict:
            raise _unreadable(wanted, given) from None
        return None


def _unreadable(wanted: Property, given: str) -> AwsError:
    what = "an ISO 8601 date-time" if wanted.kind == "time" else "a number"
    return invalid(f"Value '{given}' of property {wanted.name} is not {what}.")
