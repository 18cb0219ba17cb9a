"""Moments as Google writes them: RFC 3339 in UTC, up to nanoseconds, `2026-03-04T05:06:07.123456789Z`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 1_000_000_000
_WRITTEN = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?(Z|[+-]\d{2}:\d{2})")


def written(nanoseconds: int) -> str:
    """A moment, given in nanoseconds since 1970 UTC."""
    seconds, rest = divmod(nanoseconds, SECOND)
    whole = (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".") + "Z"


def nanoseconds(text: str) -> int | None:
    """Since 1970 UTC; None for what is no moment."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    zone = "+00:00" if found[3] == "Z" else found[3]
    try:
        whole = datetime.fromisoformat(found[1] + zone)
    except ValueError:
        return None
    return (whole - EPOCH) // timedelta(seconds=1) * SECOND + int((found[2] or "0").ljust(9, "0"))


def moment(text: str | None) -> datetime | None:
    """As the model has it, to the microsecond; None for what is none."""
    found = None if text is None else nanoseconds(text)
    return None if found is None else EPOCH + timedelta(microseconds=found // 1_000)


def of(moment: datetime) -> int:
    """Nanoseconds since 1970 UTC of a moment."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1_000
