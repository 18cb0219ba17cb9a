"""Quality: where every run comes from, and how far its data is to be trusted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from tracklayer.compare.align import Row
from tracklayer.compare.page.parts import folded, link, listed, section, soft
from tracklayer.compare.page.view import View
from tracklayer.render import text
from tracklayer.render.page import Html, element, joined, table

#: Differences and failures that are written out; `--json` has them all.
MOST = 100
LONGEST = 120
#: Letters of a commit.
COMMIT = 10


def quality(seen: View) -> Html:
    """The section: what is wrong or uncertain first, then each run's provenance."""
    found = [
        part for parts in (_names(seen), _values(seen), _rough(seen), _unread(seen), _copies(seen)) for part in parts
    ]
    calm = [] if found else [soft("Nothing is missing, not a number, not exact, or different between copies.")]
    return section("quality", "Provenance and data quality", *calm, *found, _provenance(seen))


def _names(seen: View) -> Iterator[Html]:
    comparison = seen.comparison
    if comparison.map:
        yield element("p", "Names were mapped, as you said:")
        yield listed(f"{old} is shown as {new}" for old, new in comparison.map.items())
    if comparison.clashes:
        yield element("p", "Names that could not be mapped:", class_="warn")
        yield listed(comparison.clashes)


def _values(seen: View) -> Iterator[Html]:
    """Metrics that runs lack, or whose last value is no finite number."""
    rows = seen.comparison.rows
    table_of = []
    for key in seen.comparison.metrics:
        lasts = [row.run.metrics[key].last for row in rows if key in row.run.metrics]
        missing, nan, infinite = len(rows) - len(lasts), sum(map(math.isnan, lasts)), sum(map(math.isinf, lasts))
        if missing or nan or infinite:
            table_of.append((key, f"{missing:,}", f"{nan:,}", f"{infinite:,}"))
    if table_of:
        headings = ("metric", "runs without", "NaN", "infinite")
        yield table("Metrics that not every run has as a number", headings, table_of, right=headings[1:])


def _rough(seen: View) -> Iterator[Html]:
    found = Counter((field, why) for row in seen.comparison.rows for field, why in row.run.approximate.items())
    if found:
        rows = [(field, why, f"{count:,}") for (field, why), count in found.most_common(MOST)]
        yield table("Values that are not exact", ("field", "why", "runs"), rows, right=("runs",))


def _unread(seen: View) -> Iterator[Html]:
    if seen.histories is None:
        return
    failures = Counter(failure.reason for failure in seen.histories.failures)
    if failures:
        yield element("p", "Curves that could not be read:", class_="bad")
        yield listed(f"{text.counted(count, 'curve')}: {why}" for why, count in failures.most_common(MOST))
    rough = Counter(one.approximate for one in seen.histories.series if one.approximate)
    if rough:
        yield element("p", "Curves that are not exact:", class_="warn")
        yield listed(f"{text.counted(count, 'curve')}: {why}" for why, count in rough.most_common(MOST))


def _copies(seen: View) -> Iterator[Html]:
    letters = seen.letters
    found = [(row, difference) for row in seen.comparison.rows for difference in row.differences]
    rows = [
        (
            text.shortened(text.plain(row.name), LONGEST),
            difference.field,
            ", ".join(
                f"{letters[held.place]}: {text.shortened(text.value(value), LONGEST)}"
                for held, value in zip(row.copies, difference.values, strict=True)
            ),
            difference.approximate or "",
        )
        for row, difference in found[:MOST]
    ]
    if rows:
        of = "" if len(found) == len(rows) else f" (the first {len(rows)} of {len(found):,}; --json has all)"
        yield table(f"Copies of one run that differ{of}", ("run", "field", "values", "to be expected, because"), rows)


def _provenance(seen: View) -> Html:
    rows = ((_name(row), *_told(seen, row)) for row in (seen.comparison.rows[index] for index in seen.order))
    headings = ("run", "where it is", "first logged at", "began", "commit", "data")
    return folded(f"Where each run comes from ({len(seen.order):,})", table("Provenance", headings, rows))


def _name(row: Row) -> str:
    return text.shortened(row.name, LONGEST)


def _told(seen: View, row: Row) -> Iterator[str]:
    run, letters = row.run, seen.letters
    yield joined(
        element("div", f"{letters[held.place]}: ", element("code", held.url), *_console(held.console))
        for held in row.copies
    )
    yield "" if run.origin is None else f"{run.origin.url}, {run.origin.experiment}, {run.origin.run}"
    yield text.moment(run.started)
    source = run.source
    commit = "" if source is None or source.commit is None else source.commit[:COMMIT]
    yield f"{commit} (changed)" if commit and source is not None and source.dirty else commit
    yield ", ".join(f"{data.name} {text.shortened(data.digest, LONGEST)}" for data in run.inputs)


def _console(url: str | None) -> Iterator[str]:
    if url:
        yield " "
        yield link(url, "console")
