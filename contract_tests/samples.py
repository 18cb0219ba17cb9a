"""Data that tests of several nouns write: awkward texts and names, and learning curves."""

from __future__ import annotations

from array import array

from tracklayer.model import Points, canonical

#: 2026-03-04 05:06:07 UTC, in nanoseconds.
T0 = 1_772_600_767_000_000_000
#: A millisecond, in nanoseconds.
MS = 1_000_000

TEXTS = [
    "adam", "1", "1.0", "True", "true", "None", "null", "nan", "NaN", "Infinity", "-0.0", '"quoted"', "{}", '{"a": 1}',
    " leading and trailing ", "two\nlines", "tab\t", "nul\x00inside", "\x1f", "é🚀日本", "\u202e\ufeff", "a=b&c", "%41",
    "tracklayer", "tracklayer.x", "x" * 10_000, "é" * 10_000, "🚀" * 10_000, "line\n" * 2_000,
]  # fmt: skip

NAMES = [
    "plain", "with space", "a/b/c", "a//b", "/a", "a/", "../x", "./x", "a/../b", ".", "..", "...", ".hidden", "a.b.c",
    "a:b", "a\\b", "a#b", "a?b=c&d", "a%41", "a+b", "a=b", "a@b", "a,b;c", "`a`", "'a'", '"a"', "{a}", "$a", "~", "*",
    " a", "a ", " ", "\ta\n", "a\x00b", "\x7f", "é", "e\u0301", "日本語", "🚀", "\u202e", "\u0130", "ß", "0", "-1",
    "none", "NULL", "id", "name", "step", "tlx_", "tlx_41z", "tlx-41z", "tlh_a_00000000000000000000", "tlo_x",
    "tracklayer.x", "mlflow.runName", "mlflow.parentRunId", "aws:x", "x" * 300, "é" * 300, "🚀" * 300, "1.5",
]  # fmt: skip
#: Each of these differs from the next by little; the last one has a Cyrillic letter.
CLOSE = ["name", "Name", "NAME", "name ", " name", "näme", "nàme", "name.", "name/", "name_", "name-", "n\u0430me"]
#: Alike for longer than any provider's limit.
LONG = ["x" * 299 + letter for letter in "abAB"] + ["x" * 400]


def shown(value: object) -> str:
    """A short name for a test's parameter."""
    text = ascii(value)
    return text if len(text) < 24 else f"{text[:12]}..{len(text)}"


def series(key: str, *rows: tuple[int, int, float]) -> Points:
    """Points of rows (step, time, value), in canonical order."""
    return canonical(key, [Points.of(key, rows)])


def curve(key: str, length: int) -> Points:
    """A learning curve: a step and 250 ms each."""
    return Points(
        key=key,
        steps=array("q", range(length)),
        times=array("q", range(T0, T0 + length * 250 * MS, 250 * MS)),
        values=array("d", (1 / (step + 1) for step in range(length))),
    )
