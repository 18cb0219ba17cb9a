"""Texts in a provider's slots: a value, or a pointer to it.

* A text that the slot holds, and that does not look like a pointer, stands there as it is.
* Any other leaves a readable head and `tracklayer:<digest>` in the slot; the whole text is a sidecar named by the same
  digest. So overwriting a slot overwrites the pointer, and a stale text cannot come back.
* A param that is not text stands as Python's own `repr` where the provider knows text only, and its key is noted as
  typed: `True`, `1`, `1.0` have one spelling each, so they are read back with their types.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Mapping

from tracklayer.errors import InvalidInput
from tracklayer.model import ParamValue
from tracklayer.spi import Bound

#: Hex digits of a digest in a pointer: 128 bits.
DIGEST = 32
#: The longest head in front of a pointer, in characters.
HEADS = (200, 40, 8)
VALUE_PREFIX = "v-"
#: The first byte of a value kept beside its slot.
TEXT, NUMBER = b"t", b"n"
_POINTER = re.compile(r"(?s)(?:.* )?tracklayer:([0-9a-f]{32})")
_INTEGER = re.compile(r"-?[0-9]+")


def slot(
    text: str, bound: Bound | None, sidecars: dict[str, bytes], *, number: bool = False, always: bool = False
) -> str:
    """What stands in the slot for `text`. What does not fit there is added to `sidecars`.

    * `number`: the text is a param that was not text. * `always`: point at it even if it would fit.
    """
    if not always and (bound is None or bound.holds(text)) and pointed(text) is None:
        return text
    data = (NUMBER if number else TEXT) + text.encode()
    digest = hashlib.sha256(data).hexdigest()[:DIGEST]
    sidecars[VALUE_PREFIX + digest] = data
    pointer = f"tracklayer:{digest}"
    heads = (f"{text[:length]}… {pointer}" for length in HEADS if text)
    return next((headed for headed in heads if bound is None or bound.holds(headed)), pointer)


def pointed(text: str) -> str | None:
    """The digest that a slot's text points at; None for a plain text."""
    found = _POINTER.fullmatch(text)
    return found[1] if found else None


def fetched(digest: str, values: Mapping[str, bytes]) -> tuple[str, bool] | None:
    """The text that a pointer stands for, and whether it is a number; None when the sidecar is missing."""
    data = values.get(VALUE_PREFIX + digest)
    return None if data is None else (data[1:].decode(), data[:1] == NUMBER)


def spelt(value: ParamValue) -> str:
    """A param as text: text as it is, anything else as Python writes it."""
    if isinstance(value, str):
        return value
    kind = bool if isinstance(value, bool) else int if isinstance(value, int) else float
    try:
        return kind.__repr__(value)  # a subclass, such as a NumPy scalar, may write itself otherwise
    except ValueError as error:  # an int of more digits than Python converts
        message = f"a param is too large a number to be written down: {error}"
        raise InvalidInput(message) from None


def doubled(value: ParamValue) -> float | None:
    """The double that stands for a number; None where none does: text, too large a number, NaN and infinities."""
    try:
        double = float("nan") if isinstance(value, str) else float(value)
    except OverflowError:
        return None
    return double if math.isfinite(double) else None


def numbered(double: float, known: Collection[str]) -> ParamValue:
    """The number that a double stands for. `known`: the bools and ints among others, as text, that its key has held."""
    candidates: list[ParamValue] = [bool(double)] if double in {0.0, 1.0} else []
    candidates += [int(double)] if double.is_integer() else []
    return next((number for number in candidates if spelt(number) in known), double)


def typed(text: str) -> ParamValue:
    """The bool, int or float that `spelt` made this text of; the text itself when it made none."""
    if text in {"True", "False"}:
        return text == "True"
    try:
        value = int(text) if _INTEGER.fullmatch(text) else float(text)
        return value if repr(value) == text else text
    except ValueError:
        return text
