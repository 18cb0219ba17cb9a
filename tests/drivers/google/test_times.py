from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tracklayer.drivers.google import times


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (1_772_600_767_123_456_789, "2026-03-04T05:06:07.123456789Z"),
        (1_772_600_767_500_000_000, "2026-03-04T05:06:07.5Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-(2**63), "1677-09-21T00:12:43.145224192Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
    ],
)
def test_a_moment_is_written_and_read_to_the_nanosecond(nanoseconds: int, text: str) -> None:
    assert times.written(nanoseconds) == text
    assert times.nanoseconds(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2026-03-04T05:06:07+01:00", 1_772_597_167_000_000_000),
        ("2026-03-04T05:06:07.1234567899Z", 1_772_600_767_123_456_789),
        ("2026-03-04 05:06:07Z", None),
        ("2026-13-04T05:06:07Z", None),
        ("", None),
        ("NaN", None),
    ],
)
def test_what_is_no_moment_is_none(text: str, nanoseconds: int | None) -> None:
    assert times.nanoseconds(text) == nanoseconds


def test_the_model_has_microseconds() -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, 891_234, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert times.moment(times.written(times.of(moment))) == moment
    assert times.moment("2026-03-04T05:06:07.000001999Z") == datetime(2026, 3, 4, 5, 6, 7, 1, tzinfo=timezone.utc)
    assert times.moment(None) is None
