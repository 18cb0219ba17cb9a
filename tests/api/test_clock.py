"""The times of runs, and those that users give: whole milliseconds, exact nanoseconds."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tracklayer.api.clock import nanoseconds, now
from tracklayer.errors import InvalidInput

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def test_now_is_in_whole_milliseconds() -> None:
    before = datetime.now(timezone.utc)
    moment = now()
    assert moment.microsecond % 1_000 == 0
    assert before - timedelta(milliseconds=1) <= moment <= datetime.now(timezone.utc)


def test_a_moment_in_nanoseconds_is_exact() -> None:
    assert nanoseconds(NOON + timedelta(microseconds=1)) == int(NOON.timestamp()) * 10**9 + 1_000
    assert nanoseconds(NOON.astimezone(timezone(timedelta(hours=5)))) == nanoseconds(NOON)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (NOON.replace(tzinfo=None), r"time 2026-11-23T12:00:00 has no time zone"),
        (datetime(1600, 1, 1, tzinfo=timezone.utc), r"is not between the years 1677 and 2262"),
        (datetime(2300, 1, 1, tzinfo=timezone.utc), r"is not between the years 1677 and 2262"),
        (1_700_000_000, r"time must be a datetime, not int"),
    ],
)
def test_a_wrong_moment(given_: datetime, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        nanoseconds(given_)
