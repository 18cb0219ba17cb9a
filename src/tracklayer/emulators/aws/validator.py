"""Input as an AWS service checks it: first its types, then every constraint of the service's own description.

* A wrong JSON type: SerializationException, at once, as from AWS's deserialiser.
* Constraints: one ValidationException that names them all: `2 validation errors detected: Value 'x' at
  'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128; ...`.
* Null is absent. Unknown members are ignored. A length is in characters.
  https://smithy.io/2.0/spec/constraint-traits.html#length-trait
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracklayer.emulators.aws.errors import AwsError, invalid
from tracklayer.emulators.aws.patterns import matcher
from tracklayer.emulators.aws.service import Shape

#: Characters of a refused value that the message repeats.
SHOWN = 1024
#: The bounds of `integer` and `long`. https://smithy.io/2.0/spec/simple-types.html
RANGES = {"integer": 2**31, "long": 2**63}
#: How numbers that JSON has no word for are sent. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass
class Validator:
    """Checks one input. What AWS does not document is said by the caller:

    * `booleans_are_numbers`: JSON's true and false count where a number is due.
    * `lines`: the pattern `.` takes line breaks.
    """

    booleans_are_numbers: bool = False
    lines: bool = False
    problems: list[str] = field(default_factory=list)

    def checked(self, shape: Shape, given: Any) -> dict[str, Any]:
        """The input with its numbers made numbers. Raises `AwsError`."""
        self.problems = []
        read = self._value(shape, given, "")
        if self.problems:
            number = len(self.problems)
            errors = "error" if number == 1 else "errors"
            raise invalid(f"{number} validation {errors} detected: {'; '.join(self.problems)}")
        return dict(read)

    def _value(self, shape: Shape, given: Any, at: str) -> Any:
        kind = shape.kind
        if kind == "structure":
            return self._structure(shape, given, at)
        if kind == "list":
            return self._list(shape, given, at)
        if kind == "map":
            return self._map(shape, given, at)
        return self._scalar(shape, given)

    def _structure(self, shape: Shape, given: Any, at: str) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise _unreadable(given, "a Structure")
        found = {}
        for name, member in shape.members.items():
            place = f"{at}.{_camel(name)}" if at else _camel(name)
            value = given.get(name)
            if value is not None:
                found[name] = self._value(member, value, place)
                self._constrain(member, found[name], place)
            elif name in shape.required:
                self.problems.append(_problem("null", place, "Member must not be null"))
        return found

    def _list(self, shape: Shape, given: Any, at: str) -> list[Any]:
        if not isinstance(given, list):
            raise _unreadable(given, "a List")
        return [
            self._value(shape.item, one, f"{at}.{place}.member")
            for place, one in enumerate(given, 1)
            if one is not None
        ]

    def _map(self, shape: Shape, given: Any, at: str) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise _unreadable(given, "a Map")
        return {
            key: self._value(shape.item, one, f"{at}.{key}.member") for key, one in given.items() if one is not None
        }

    def _scalar(self, shape: Shape, given: Any) -> Any:
        kind = shape.kind
        if kind in {"string", "blob"}:
            if not isinstance(given, str):
                raise _unreadable(given, "a String")
            return given
        if kind == "boolean":
            if not isinstance(given, bool):
                raise _unreadable(given, "a Boolean")
            return given
        if isinstance(given, bool) and self.booleans_are_numbers:
            given = int(given)
        if isinstance(given, str) and kind in {"double", "float"} and given in NON_FINITE:
            return NON_FINITE[given]
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise _unreadable(given, {"double": "a Double", "timestamp": "a Timestamp"}.get(kind, "an Integer"))
        if kind in RANGES:
            if given != int(given) or not -RANGES[kind] <= given < RANGES[kind]:
                raise _unreadable(given, "an Integer" if kind == "integer" else "a Long")
            return int(given)
        return float(given)

    def _constrain(self, shape: Shape, value: Any, at: str) -> None:
        """Note which rules a member breaks. The rules of what a list or map holds are the list's or map's."""
        self.problems += [_problem(_shown(value), at, text) for text in self._broken(shape, value)]
        if shape.kind == "list":
            self._constrain_items(
                shape.item, value, at, [f"{at}.{place}.member" for place in range(1, len(value) + 1)], "Member"
            )
        elif shape.kind == "map":
            if any(next(self._broken(shape.key, key), None) for key in value):
                text = f"Map keys must satisfy constraint: [{', '.join(_rules(shape.key))}]"
                self.problems.append(_problem(_shown(value), at, text))
            self._constrain_items(
                shape.item, list(value.values()), at, [f"{at}.{key}.member" for key in value], "Map value"
            )

    def _constrain_items(self, item: Shape, values: list[Any], at: str, places: list[str], word: str) -> None:
        if item.kind in {"list", "map"}:
            for place, value in zip(places, values, strict=True):
                self._constrain(item, value, place)
        elif any(next(self._broken(item, value), None) for value in values):
            text = f"{word} must satisfy constraint: [{', '.join(_rules(item))}]"
            self.problems.append(_problem(_shown(values), at, text))

    def _broken(self, shape: Shape, value: Any) -> Iterator[str]:
        for rule, argument in shape.constraints:
            size = value if isinstance(value, (int, float)) else len(value)
            if (
                (rule == "max" and size > argument)
                or (rule == "min" and size < argument)
                or (rule == "enum" and value not in argument)
                or (rule == "pattern" and not matcher(argument, lines=self.lines)(value))
            ):
                yield _rule(shape, rule, argument)


def _rules(shape: Shape) -> list[str]:
    return [_rule(shape, rule, argument) for rule, argument in shape.constraints]


def _rule(shape: Shape, rule: str, argument: Any) -> str:
    """One constraint in AWS's words."""
    if rule == "enum":
        return f"Member must satisfy enum value set: [{', '.join(argument)}]"
    if rule == "pattern":
        return f"Member must satisfy regular expression pattern: {argument}"
    what = "length" if shape.kind in {"string", "list", "map", "blob"} else "value"
    return f"Member must have {what} {'less' if rule == 'max' else 'greater'} than or equal to {argument}"


def _problem(shown: str, at: str, text: str) -> str:
    return f"Value {shown} at '{at}' failed to satisfy constraint: {text}"


def _shown(value: Any) -> str:
    text = f"'{_java(value)}'"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}...'"


def _java(value: Any) -> str:
    """A value as Java's toString has it: `{a=1, b=[x, y]}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_java(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_java, value)) + "]"
    return str(value)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _unreadable(given: Any, wanted: str) -> AwsError:
    if isinstance(given, (dict, list)):
        found = "Start of list" if isinstance(given, list) else "Start of structure or map"
        return AwsError("SerializationException", f"{found} found where not expected.")
    word = {bool: f"{str(given).upper()}_VALUE", str: "STRING_VALUE"}.get(type(given), "NUMBER_VALUE")
    return AwsError("SerializationException", f"{word} can not be converted to {wanted}")
