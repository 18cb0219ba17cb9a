"""Values as text for a terminal: nothing a user named can move the cursor, colour the screen or break a line."""

from __future__ import annotations

import math
import unicodedata
from datetime import datetime

#: Marks that turn the direction of writing, so that text shows in another order than it has (CVE-2021-42574).
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Digits of a number in a table; `--json` has them all.
DIGITS = 6
MINUTE, HOUR, DAY = 60, 3_600, 86_400
THOUSAND = 1_000


def plain(text: str) -> str:
    r"""The text with every control character written out: a line break as `\n`, an escape as `\x1b`."""
    if text.isprintable():
        return text
    return "".join(_visible(letter) for letter in text)


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters, the last of them an ellipsis when there are more."""
    return text if len(text) <= longest else text[: max(longest - 1, 0)] + "…"


def number(value: float) -> str:
    """A number to six digits, whole numbers in full."""
    if math.isfinite(value) and value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return f"{value:.{DIGITS}g}"


def value(given: str | float | bool | None) -> str:
    """Any value of a param, tag or metric; an empty text as `''` and nothing as `-`."""
    if given is None:
        return "-"
    if isinstance(given, bool | str):
        return plain(str(given)) or "''"
    return str(given) if isinstance(given, int) else number(given)


def duration(seconds: float | None) -> str:
    """`0.4s`, `12.0s`, `3m 20s`, `2h 05m`, `3d 04h`; `-` for nothing."""
    if seconds is None:
        return "-"
    if round(seconds, 1) < MINUTE:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE}m {whole % MINUTE:02}s"
    if whole < DAY:
        return f"{whole // HOUR}h {whole % HOUR // MINUTE:02}m"
    return f"{whole // DAY}d {whole % DAY // HOUR:02}h"


def moment(when: datetime | None) -> str:
    """`2026-11-23 04:28:45Z`, in UTC; `-` for nothing."""
    return "-" if when is None else f"{when:%Y-%m-%d %H:%M:%S}Z"


def counted(number: int, noun: str) -> str:
    """`1 run`, `2,000 runs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(count: int | None) -> str:
    """Bytes as `12 B`, `3.4 kB`, `1.2 GB` (of 1,000); `-` for nothing."""
    if count is None:
        return "-"
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < THOUSAND:
            break
        amount, unit = amount / THOUSAND, larger
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def _visible(letter: str) -> str:
    if letter in TURNING or unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}:
        return letter.encode("unicode_escape").decode("ascii")
    return letter
