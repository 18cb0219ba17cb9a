"""Does a run hold a clause? The meaning of MLflow's search language, on the model.

* A run without the field matches nothing but `IS NULL`: not `!=` either.
* NaN matches nothing but `!=`.
* Times compare as whole milliseconds since 1970 UTC, as MLflow keeps them.
* A param compares with text by its own text (`0.1`, `True`), and with a number by its value, when it is a number or the
  text of one.
* `LIKE`: `%` stands for any text, `_` for any one character; `ILIKE` takes no heed of case.
* A clause on a data set asks for one that holds it: a run may have several.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, TypeAlias

from tracklayer.layers.fitting.texts import spelt
from tracklayer.model import Clause, Entity, ParamValue, Run

Value: TypeAlias = ParamValue | datetime

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ATTRIBUTES = frozenset({"id", "name", "status", "started", "ended", "user", "token"})
#: What reads as a number: Python's `float` would also take `1_000` and blanks.
NUMBER = re.compile(r"[+-]?((\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)", re.IGNORECASE)


@lru_cache(maxsize=256)
def _pattern(like: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression."""
    signs = {"%": ".*", "_": "."}
    parts = (signs.get(sign) or re.escape(sign) for sign in re.sub("%+", "%", like))
    return re.compile("".join(parts), flags | re.DOTALL)


COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "IN": lambda found, wanted: found in wanted,
    "NOT IN": lambda found, wanted: found not in wanted,
    "LIKE": lambda found, wanted: _pattern(wanted, re.RegexFlag(0)).fullmatch(found) is not None,
    "ILIKE": lambda found, wanted: _pattern(wanted, re.IGNORECASE).fullmatch(found) is not None,
}


def matches(run: Run, clause: Clause) -> bool:
    """Does the clause hold for the run?"""
    if clause.entity == "dataset":
        return any(_holds(getattr(dataset, clause.key), clause) for dataset in run.inputs)
    return _holds(value_of(run, clause.entity, clause.key), clause)


def value_of(run: Run, entity: Entity, key: str) -> Value | None:
    """The value of a run's field, None where it has none. A metric's is its last one."""
    if entity == "metric":
        return run.metrics[key].last if key in run.metrics else None
    if entity == "attribute":
        return getattr(run, key) if key in ATTRIBUTES else None
    return run.params.get(key) if entity == "param" else run.tags.get(key)


def _holds(found: Value | None, clause: Clause) -> bool:
    if clause.operator in {"IS NULL", "IS NOT NULL"}:
        return (found is None) == (clause.operator == "IS NULL")
    if found is None:
        return False
    if isinstance(found, datetime):
        return COMPARE[clause.operator]((found - EPOCH) // timedelta(milliseconds=1), clause.value)
    if isinstance(clause.value, (int, float)):
        number = _number(found)
        return number is not None and COMPARE[clause.operator](number, clause.value)
    return COMPARE[clause.operator](spelt(found), clause.value)


def _number(value: ParamValue) -> float | None:
    if isinstance(value, str):
        return float(value) if NUMBER.fullmatch(value) else None
    return None if isinstance(value, bool) else value
