"""Shown: values as a difference tells them: a few letters, and no secret."""

from __future__ import annotations

from tracklayer.api.redaction import Redactor
from tracklayer.model import ParamValue
from tracklayer.render.text import shortened

#: Characters of a value that are shown: enough to tell two apart.
LONGEST = 80
#: Stands for a value that is not there.
NOTHING = "-"


def shown(value: object, where: str = "") -> str:
    """Any value as text; `where`: the field it is of."""
    return NOTHING if value is None else shortened(Redactor().text(where, str(value)), LONGEST)


def shown_param(key: str, value: ParamValue | None) -> str:
    """A param and its type: `3 (int)`, `'3' (str)`."""
    if value is None:
        return NOTHING
    return f"{shortened(repr(Redactor().params({key: value})[key]), LONGEST)} ({type(value).__name__})"


def shown_tag(key: str, value: str | None) -> str:
    """A tag, in quotes."""
    return NOTHING if value is None else shortened(repr(Redactor().tags({key: value})[key]), LONGEST)
