"""Summary: what was compared, what is best, what went wrong; and how to read the page."""

from __future__ import annotations

from collections.abc import Iterator

from tracklayer.compare.page.column import METRIC, told
from tracklayer.compare.page.parts import folded, listed, section
from tracklayer.compare.page.view import View
from tracklayer.render import text
from tracklayer.render.page import Html, element, facts, table

#: Metrics whose best run the summary names; the table marks all.
MOST_BEST = 12
#: Runs that are named as the best of one metric.
MOST_NAMED = 3

HOW = (
    "Click a heading of the table to sort by it, again to turn it round. ★ marks the best value of a metric.",
    "Type into the filter to list fewer runs: words, or conditions such as lr<0.01 status=finished; -word leaves out.",
    "Tick runs in the table to draw their curves. The other pictures show the runs that are listed.",
    "A place is named by a letter. A = B: one run in several places, its copies alike.",
    "A != B: its copies differ; A ~= B: they differ where a place says that it is not exact.",
    "~ stands before a value that is not exact, with the reason when you point at it; a + says: so far, it still runs.",
    "“guessed” says that nobody told which way a metric is better, and its name was gone by.",
    "Every picture's numbers are in a table too. The page needs no network and sends nothing anywhere.",
)


def summary(seen: View, written: str) -> Html:
    """The first section. `written`: by what the page was."""
    return section("summary", "Summary", *_summary(seen, written))


def _summary(seen: View, written: str) -> Iterator[Html]:
    comparison = seen.comparison
    for failure in comparison.failures:
        yield element(
            "p", "Not read: ", element("code", failure.place), f": {failure.reason}", class_="bad", role="alert"
        )
    best = list(_best(seen))
    named = table("Best last values", ("metric", "better", "best", "run"), best, right=("best",)) if best else ""
    yield element("div", facts(_facts(seen, written)), named, class_="beside")
    offered = comparison.suggestions()
    if offered:
        yield element("p", "These names may mean one thing. Nothing was mapped; what would map them:")
        yield listed(
            f"{one.option} ({one.kind}; {text.counted(one.old_runs, 'run')} and {one.new_runs:,} have them; {one.why})"
            for one in offered
        )
    yield folded("How to read this page", listed(HOW))


def _facts(seen: View, written: str) -> Iterator[tuple[str, str]]:
    comparison = seen.comparison
    letters = seen.letters
    for place in comparison.places:
        runs = sum(held.place == place for row in comparison.rows for held in row.copies)
        yield f"place {letters[place]}", f"{place} ({text.counted(runs, 'run')})"
    yield "runs", _runs(seen)
    if comparison.experiments:
        yield "experiments", ", ".join(comparison.experiments)
    if comparison.filter:
        yield "filter", comparison.filter
    seconds = [known for row in range(len(comparison.rows)) if (known := comparison.seconds(row)) is not None]
    if seconds:
        yield "time in all", text.duration(sum(seconds))
    if comparison.prices is not None:
        amount = sum(one.amount for one in seen.costs if one is not None)
        unpriced = text.counted(sum(one is None for one in seen.costs), "run")
        yield "cost in all", f"{amount:,.2f} {comparison.prices.currency} ({unpriced} without a price)"
    if comparison.read_at is not None:
        yield "read", text.moment(comparison.read_at)
    yield "written by", written


def _runs(seen: View) -> str:
    rows = seen.comparison.rows
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.run.status] = counts.get(row.run.status, 0) + 1
    told = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    fewer = f"; the {len(seen.order):,} best are shown" if len(seen.order) < len(rows) else ""
    return f"{len(rows):,}" + (f" ({told})" if told else "") + fewer


def _best(seen: View) -> Iterator[tuple[str, ...]]:
    known = [column for column in seen.columns if column.field.startswith(METRIC) and column.best]
    for column in known[:MOST_BEST]:
        rows = sorted(column.best)
        names = ", ".join(text.plain(seen.comparison.rows[row].name) for row in rows[:MOST_NAMED])
        more = f" and {len(rows) - MOST_NAMED:,} more" if len(rows) > MOST_NAMED else ""
        value = column.number(rows[0])
        yield column.name, told(seen.comparison, column.name), "" if value is None else text.number(value), names + more
