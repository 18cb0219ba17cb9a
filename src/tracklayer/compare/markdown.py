"""Markdown: a comparison for a pull request, as GitHub and GitLab show it, with a small picture of the curves."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tracklayer.compare.frame import Comparison
from tracklayer.compare.page.column import told
from tracklayer.compare.page.view import View, view
from tracklayer.compare.picture import curves
from tracklayer.compare.significance import Significance, Tested
from tracklayer.compare.signs import where
from tracklayer.render import text
from tracklayer.render.files import check_writable, write_text, write_whole

#: Runs and groups in a table, and columns of metrics and of params: what is read in a pull request.
MOST_ROWS, MOST_METRICS, MOST_PARAMS = 20, 6, 5
#: Lines of a list.
MOST_LINES = 10
LONGEST = 60
#: What Markdown or HTML would read as more than text, within a line.
SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
#: What GitHub and GitLab make a link of, or a call of a person: a backslash does not keep them from it.
LINKED = re.compile(r"(@|#|://|www\.|!)(?=\S)", re.IGNORECASE)
NOTHING = "<!-- -->"


def write_markdown(
    comparison: Comparison,
    path: str | os.PathLike[str],
    *,
    picture: bool = True,
    picture_url: str = "",
    tests: Sequence[str] = (),
) -> tuple[Path, ...]:
    """Write the comparison as Markdown, and an SVG of the curves beside it; gives the files: `report.md`, `report.svg`.

    * `picture`: needs matplotlib, and reads the points of two metrics of ten runs. `picture_url`: where the SVG will be
      found by those who read the text; as it stands, beside it.
    * `tests`: metrics in which groups are tested against each other. They need scipy.
    * `DriverMissing` with the pip command without a package; `InvalidInput` when no file can be written there.
    """
    file = Path(path)
    check_writable(file)
    tested = [comparison.significance(metric) for metric in tests]
    seen = view(comparison, curves=False)
    drawn = curves(seen) if picture else None
    shown = file.with_suffix(".svg")
    written = [file]
    if drawn is not None:
        write_whole(shown, lambda coming: coming.write_bytes(drawn))
        written.append(shown)
    address = "" if drawn is None else picture_url or shown.name
    whole = "\n".join(_lines(seen, address, tested))
    write_text(file, whole)
    return tuple(written)


def escaped(given: str, longest: int = LONGEST) -> str:
    """A text as Markdown shows it, and nothing else: on one line, no link, no call of a person, no HTML."""
    safe = SPECIAL.sub(r"\\\1", text.shortened(text.plain(given), longest))
    return LINKED.sub(rf"\1{NOTHING}", safe)


def _lines(seen: View, picture: str, tests: Sequence[Significance]) -> Iterator[str]:
    comparison = seen.comparison
    runs, places = text.counted(len(comparison.rows), "run"), text.counted(len(comparison.places), "place")
    yield f"### {runs} of {places}"
    yield ""
    for failure in comparison.failures:
        yield f"- **not read**: {escaped(failure.place, 200)}: {escaped(failure.reason, 300)}"
    for place, letter in seen.letters.items():
        count = sum(held.place == place for row in comparison.rows for held in row.copies)
        yield f"- {letter}: {escaped(place, 200)} ({text.counted(count, 'run')})"
    yield ""
    if seen.order:
        yield from _runs(seen)
    if picture:
        yield f"![Curves of the best runs](<{picture.replace('<', '%3C').replace('>', '%3E')}>)"
        yield ""
    if seen.repeated:
        yield from _groups(seen)
    for test in tests:
        yield from _test(seen, test)
    yield from _notes(seen)


def _runs(seen: View) -> Iterator[str]:
    comparison, letters = seen.comparison, seen.letters
    fields = [f"metrics.{key}" for key in list(comparison.metrics)[:MOST_METRICS]]
    fields += [field for field in seen.config.differing if field.startswith("params.")][:MOST_PARAMS]
    shown = [column for field in fields for column in seen.columns if column.field == field]
    headings = ["run", "place", "status", "time"]
    for column in shown:
        way = told(comparison, column.name) if column.way is not None else ""
        headings.append(f"{escaped(column.name)}<br>{way}" if way else escaped(column.name))
    rows = []
    for index in seen.order[:MOST_ROWS]:
        row = comparison.rows[index]
        so_far = "\\+" if comparison.running(index) else ""
        cells = [
            escaped(row.name),
            escaped(where(row, letters)),
            row.run.status,
            escaped(text.duration(comparison.seconds(index))) + so_far,
        ]
        for column in shown:
            value = escaped(text.value(column.values[index]))
            rough = "\\~" if column.field in row.run.approximate else ""
            cells.append(f"**{rough}{value}** ★" if index in column.best else f"{rough}{value}")
        rows.append(cells)
    yield from _table(headings, rows, right=3)
    yield from _more(len(rows), len(comparison.rows), "runs, the best,")


def _groups(seen: View) -> Iterator[str]:
    keys = list(seen.comparison.metrics)[:MOST_METRICS]
    rows = []
    for group in seen.grouping.groups[:MOST_ROWS]:
        cells = [escaped(group.label(seen.grouping.telling)), str(len(group.rows))]
        for key in keys:
            found = group.metrics.get(key)
            if found is None or found.mean is None:
                cells.append("-")
                continue
            between = (
                "" if found.low is None or found.high is None else f"{_number(found.low)} to {_number(found.high)}, "
            )
            cells.append(f"{_number(found.mean)}<br>{between}n={found.n}")
        rows.append(cells)
    yield "**Seeds and repeats**: the mean, and below it its 95 % confidence interval (Student's t)"
    yield ""
    yield from _table(["group", "runs", *map(escaped, keys)], rows, right=1)
    yield from _more(len(rows), len(seen.grouping.groups), "groups")


def _test(seen: View, found: Significance) -> Iterator[str]:
    names = [escaped(group.label(seen.grouping.telling)) for group in seen.grouping.groups]
    rows = [
        [names[pair.left], names[pair.right], _number(pair.difference), _chance(pair.welch), _chance(pair.rank)]
        for pair in found.pairs[:MOST_ROWS]
    ]
    yield f"**Tests of {escaped(found.metric)} between groups**: p, and in brackets p adjusted for all pairs"
    yield ""
    yield from _table(["group", "and", "difference of means", "Welch's t", "Mann-Whitney U"], rows, right=2)
    yield from _more(len(rows), len(found.pairs), "pairs")
    yield from (
        f"- {escaped(line, 400)}" for line in (found.correction, *found.assumptions, *found.untested[:MOST_LINES])
    )
    yield ""


def _notes(seen: View) -> Iterator[str]:
    comparison = seen.comparison
    lines = list(_legend(seen))
    lines += [f"may mean one thing: `{escaped_code(one.option)}`" for one in comparison.suggestions()[:MOST_LINES]]
    differing = sum(bool(row.differences) for row in comparison.rows)
    lines += [f"{text.counted(differing, 'run')} with copies that differ"] if differing else []
    yield from (f"- {line}" for line in lines)
    yield ""


def _legend(seen: View) -> Iterator[str]:
    comparison = seen.comparison
    if any(way is not None and key not in comparison.said for key, way in comparison.metrics.items()):
        yield "guessed: nobody said which way a metric is better; its name was gone by"
    if any(len(row.copies) > 1 for row in comparison.rows):
        yield "A = B: one run in several places, its copies alike; A != B: they differ; A \\~= B: as was to be expected"
    rough = {why for row in comparison.rows for why in row.run.approximate.values()}
    if rough:
        yield f"\\~: not exact: {escaped('; '.join(sorted(rough)), 400)}"


def escaped_code(given: str) -> str:
    """A text within one backtick on either side."""
    return text.plain(given).replace("`", "'").replace("|", "\\|")


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: int) -> Iterator[str]:
    """`right`: the first column whose cells stand to the right."""
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join('---:' if at >= right else '---' for at in range(len(headings)))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _more(shown: int, all_of: int, what: str) -> Iterator[str]:
    if shown < all_of:
        yield f"{shown:,} of {all_of:,} {what} are shown."
        yield ""


def _number(value: float) -> str:
    return escaped(text.number(value))


def _chance(tested: Tested | None) -> str:
    return "-" if tested is None else f"{tested.p:.3g} ({tested.adjusted:.3g})"
