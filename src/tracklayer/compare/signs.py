"""Signs: what stands beside a value in a terminal's table, and what that means.

They are ASCII, so that any terminal and any file can hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from tracklayer.compare.align import Row
from tracklayer.compare.column import cell
from tracklayer.compare.frame import Comparison
from tracklayer.render import text

BEST, ROUGH, SO_FAR, GUESSED = "*", "~", "+", "?"
EQUAL, DIFFERENT, EXCUSED = " = ", " != ", " ~= "


def letter(index: int) -> str:
    """The short name of a place: A to Z, then A1, B1 ..."""
    turn, place = divmod(index, 26)
    return chr(ord("A") + place) + (str(turn) if turn else "")


def letters(comparison: Comparison) -> dict[str, str]:
    """Place -> its short name."""
    return {url: letter(index) for index, url in enumerate(comparison.places)}


def where(row: Row, named: dict[str, str]) -> str:
    """`A`; `A = B` for copies that are alike; `A != B` for others; `A ~= B` when every difference has an excuse."""
    sign = EQUAL
    if row.differences:
        sign = EXCUSED if all(difference.approximate for difference in row.differences) else DIFFERENT
    return sign.join(named[held.place] for held in row.copies)


def direction_of(comparison: Comparison, metric: str) -> str:
    """`min`, `max?` for one that is guessed, or `metric`; and the unit, if there is one."""
    way = comparison.metrics[metric]
    known = "metric" if way is None else f"{way}{'' if metric in comparison.said else GUESSED}"
    unit = comparison.units.get(metric)
    return known if unit is None else f"{known} {text.plain(unit)}"


def marked(row: Row, shown: str, fields: Sequence[str]) -> Text:
    """A value with its signs: `~` before one that is not exact, `!=` after one that differs between copies."""
    rough = any(_within(name, field) for name in row.run.approximate for field in fields)
    differs = any(_within(difference.field, field) for difference in row.differences for field in fields)
    sign = DIFFERENT.rstrip() if differs else ""
    return cell(f"{ROUGH if rough else ''}{shown}{sign}", "red" if differs else "")


def legend(comparison: Comparison, cells: Sequence[str]) -> Iterator[str]:
    """What the signs mean that stand in the cells."""
    ways = {direction_of(comparison, metric).partition(" ")[0] for metric in comparison.metrics} - {"metric"}
    if ways:
        guessed = ", ".join(sorted(way for way in ways if way.endswith(GUESSED)))
        known = ", ".join(sorted(way for way in ways if not way.endswith(GUESSED)))
        told = [f"{known}: which way a metric is better"] if known else []
        if guessed:
            told.append(f"{guessed}: which way it is better, guessed from its name (--minimize, --maximize say it)")
        if any(one.endswith(f" {BEST}") for one in cells):
            told.append(f"{BEST}: the best")
        yield "; ".join(told)
    if any(one.endswith(SO_FAR) and one[:-1].strip() for one in cells):
        yield f"{SO_FAR}: so far; the run still runs"
    if any(len(row.copies) > 1 for row in comparison.rows):
        yield (
            "A = B: one run in several places, alike; A != B: its copies differ; A ~= B: they differ where it was to be"
            " expected"
        )
    rough = {why for row in comparison.rows for why in row.run.approximate.values()}
    if rough:
        yield f"{ROUGH}: not exact: {'; '.join(text.plain(why) for why in sorted(rough))}"


def _within(name: str, field: str) -> bool:
    """Does `metrics.loss.last` lie within `metrics.loss`?"""
    return name == field or name.startswith(f"{field}.")
