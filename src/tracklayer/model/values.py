"""The small types that models are made of: names, param values, instants."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AwareDatetime, Strict, StrictBool, StrictFloat, StrictInt, StrictStr

from tracklayer.errors import InvalidInput


def _encodable(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        message = f"text holds a lone surrogate and cannot be stored as UTF-8: {text!a}"
        raise InvalidInput(message) from None
    return text


def _named(text: str) -> str:
    if not text:
        message = "a name or key is empty: give it at least one character"
        raise InvalidInput(message)
    return _encodable(text)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)


#: Any text that UTF-8 can hold; may be empty.
Text: TypeAlias = Annotated[str, Strict(), AfterValidator(_encodable)]
#: The key of a param, metric or tag, or the name of an experiment or run: any text, not empty.
Name: TypeAlias = Annotated[str, Strict(), AfterValidator(_named)]
#: A param keeps the type it is given: `True`, `1`, `1.0` and `"1"` are four values.
ParamValue: TypeAlias = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, AfterValidator(_encodable)]
#: A moment, aware, kept in UTC, to the microsecond.
Instant: TypeAlias = Annotated[AwareDatetime, AfterValidator(_utc)]


def same(left: ParamValue, right: ParamValue) -> bool:
    """Are two param values one value: same type and same value, NaN being itself?"""
    if type(left) is not type(right):
        return False
    return left == right or (left != left and right != right)  # noqa: PLR0124 -- NaN is not itself
