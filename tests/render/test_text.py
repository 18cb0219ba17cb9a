"""Values as text: nothing a user named reaches the terminal as a command."""

from __future__ import annotations

import math
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.render import text


@given(st.text())
def test_plain_text_is_printable_but_for_invisible_joiners(given_text: str) -> None:
    shown = text.plain(given_text)
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown)
    assert not set(shown) & text.TURNING
    assert len(shown.splitlines()) <= 1


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_what_is_harmless_stays(given_text: str) -> None:
    assert text.plain(given_text) == given_text


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b2J", r"\x9b2J"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("👩‍🔬 run", "👩‍🔬 run"),
        ("\u2028", r"\u2028"),
    ],
)
def test_control_characters_are_written_out(given_text: str, shown: str) -> None:
    assert text.plain(given_text) == shown


@pytest.mark.parametrize(
    ("given_value", "shown"),
    [
        (None, "-"),
        ("", "''"),
        ("a\tb", r"a\tb"),
        (True, "True"),
        (7, "7"),
        (10**30, str(10**30)),
        (0.1, "0.1"),
        (1.0, "1"),
        (1 / 3, "0.333333"),
        (1e300, "1e+300"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_a_value(given_value: str | float | bool | None, shown: str) -> None:
    assert text.value(given_value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (0.0, "0.0s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (200.0, "3m 20s"),
        (3_599.7, "1h 00m"),
        (7_500.0, "2h 05m"),
        (86_399.9, "1d 00h"),
        (273_600.0, "3d 04h"),
        (-3.0, "-3.0s"),
    ],
)
def test_a_duration(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_a_moment_is_in_utc() -> None:
    assert text.moment(datetime(2026, 11, 23, 4, 28, 45, 999_999, tzinfo=timezone.utc)) == "2026-11-23 04:28:45Z"
    assert text.moment(None) == "-"


@pytest.mark.parametrize(
    ("count", "shown"),
    [(None, "-"), (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (2_500_000, "2.5 MB"), (3 * 10**15, "3000.0 TB")],
)
def test_a_size(count: int | None, shown: str) -> None:
    assert text.size(count) == shown


@pytest.mark.parametrize(("longest", "shown"), [(5, "abcde"), (4, "abc…"), (1, "…")])
def test_shortened(longest: int, shown: str) -> None:
    assert text.shortened("abcde", longest) == shown
