"""The small types that models are made of: names, param values, instants."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    PlainSerializer,
    Strict,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)

from tracklayer.errors import InvalidInput

#: Digits of an integer, at most: Python itself turns no longer one into text (`sys.int_info.default_max_str_digits`).
MOST_DIGITS = 4_300
#: The floats that JSON has no number for, as `str` writes them.
NON_FINITE = ("nan", "inf", "-inf")


def _encodable(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        message = (
            "a text holds half of a surrogate pair and cannot be stored as UTF-8: encode bytes before they are text"
        )
        raise InvalidInput(message) from None
    return text


def _named(text: str) -> str:
    if not text:
        message = "a name or key is empty: give it at least one character"
        raise InvalidInput(message)
    return _encodable(text)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        message = "a moment lies before the year 1 or after the year 9999 in UTC"
        raise InvalidInput(message) from None


#: The smallest integer that is too long. Kept, for it takes longer to work out than all else that is done to a param.
_TOO_LONG = 10**MOST_DIGITS


def _short(number: int) -> int:
    if abs(number) >= _TOO_LONG:
        message = f"an integer has more than {MOST_DIGITS} digits: give it as text"
        raise InvalidInput(message)
    return number


def _into_json(value: Any) -> Any:
    return {"float": str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def _out_of_json(given: Any) -> Any:
    if isinstance(given, dict) and given.keys() == {"float"} and given["float"] in NON_FINITE:
        return float(given["float"])
    return given


#: Any text that UTF-8 can hold; may be empty.
Text: TypeAlias = Annotated[str, Strict(), AfterValidator(_encodable)]
#: The key of a param, metric or tag, or the name of an experiment or run: any text, not empty.
Name: TypeAlias = Annotated[str, Strict(), AfterValidator(_named)]
#: A param keeps the type it is given: `True`, `1`, `1.0` and `"1"` are four values. So it does through JSON, where NaN
#: and infinities are `{"float": "nan"}`, which is not the text `"nan"`.
ParamValue: TypeAlias = Annotated[
    StrictBool
    | Annotated[StrictInt, AfterValidator(_short)]
    | StrictFloat
    | Annotated[StrictStr, AfterValidator(_encodable)],
    BeforeValidator(_out_of_json),
    PlainSerializer(_into_json, when_used="json"),
]
#: A moment, aware, kept in UTC, to the microsecond.
Instant: TypeAlias = Annotated[AwareDatetime, AfterValidator(_utc)]


def same(left: ParamValue, right: ParamValue) -> bool:
    """Are two param values one value: same type and same value, NaN being itself?"""
    if type(left) is not type(right):
        return False
    return left == right or (left != left and right != right)  # noqa: PLR0124 -- NaN is not itself
