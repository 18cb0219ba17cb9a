"""Runs: the table of all runs that are shown. It is whole without scripts; they sort, filter and page it."""

from __future__ import annotations

from collections.abc import Iterator

from tracklayer.compare.align import Row
from tracklayer.compare.page.column import Column, reasons, within
from tracklayer.compare.page.parts import controls, link, section, sign, soft
from tracklayer.compare.page.view import View
from tracklayer.compare.signs import where
from tracklayer.model import ParamValue
from tracklayer.render import text
from tracklayer.render.page import Html, element, joined

#: Letters of a name or a value in a cell; the whole is in the provenance and in `--json`.
LONGEST = 120
HINT = "words, or conditions: lr<0.01 status=finished -word"


def runs(seen: View) -> Html:
    """The section with the filter and the table."""
    rows, letters = seen.comparison.rows, seen.letters
    several = len({held.experiment for row in rows for held in row.copies}) > 1
    head = joined(_head(seen, several=several))
    body = joined(
        element("tr", *_cells(seen, row, rows[row], letters, several=several), data_row=str(at))
        for at, row in enumerate(seen.order)
    )
    whole = element("table", element("thead", element("tr", head)), element("tbody", body), id_="runs-table")
    region = element("div", whole, class_="wide tall", tabindex="0", role="region", aria_label="Runs")
    return section("runs", "Runs", _controls(), region, _paging(), *_left_out(seen))


def _controls() -> Html:
    search = element(
        "input", type_="search", id_="filter", autocomplete="off", spellcheck="false", aria_describedby="filter-hint"
    )
    return element(
        "div",
        controls(
            element("label", "Filter ", search),
            element("output", id_="filter-count", aria_live="polite"),
            element("button", "First 10", type_="button", id_="tick-first"),
            element("button", "All listed", type_="button", id_="tick-all"),
            element("button", "None", type_="button", id_="tick-none"),
        ),
        element("p", HINT, id_="filter-hint", class_="soft"),
        id_="runs-controls",
        hidden="",
    )


def _paging() -> Html:
    return element(
        "p",
        element("button", "Previous", type_="button", id_="page-back"),
        " ",
        element("output", id_="page-number", aria_live="polite"),
        " ",
        element("button", "Next", type_="button", id_="page-on"),
        " ",
        element("button", "All on one page", type_="button", id_="page-all"),
        id_="paging",
        class_="controls",
        hidden="",
    )


def _left_out(seen: View) -> Iterator[Html]:
    there = {column.field for column in seen.columns}
    fields = [field for field in seen.config.differing if field.startswith("params.") and field not in there]
    fields += [f"metrics.{key}" for key in seen.comparison.metrics if f"metrics.{key}" not in there]
    if fields:
        names = ", ".join(text.shortened(text.plain(field), LONGEST) for field in fields)
        yield soft(f"Too many columns for a page; --json and --parquet have these too: {names}.")


def _head(seen: View, *, several: bool) -> Iterator[Html]:
    yield element("th", element("span", "draw", class_="unseen"), scope="col")
    for name in ("run", "place", *(("experiment",) if several else ()), "status"):
        yield _heading(name, "", "text", seen)
    for column in seen.columns:
        yield _heading(column.name, column.under, "number" if column.numeric else "text", seen, column)


def _heading(name: str, under: str, kind: str, seen: View, column: Column | None = None) -> Html:
    shown = text.shortened(text.plain(name), LONGEST)
    button = element("button", shown, element("small", under) if under else "", type_="button")
    given = {"class_": "n"} if kind == "number" else {}
    if column is not None:
        given["data_field"] = column.field
        if column.field == f"metrics.{seen.main}":
            given["aria_sort"] = "ascending" if column.way == "min" else "descending"
    return element("th", button, scope="col", data_kind=kind, data_name=name, **given)


def _cells(seen: View, index: int, row: Row, letters: dict[str, str], *, several: bool) -> Iterator[Html]:
    name = text.shortened(text.plain(row.name), LONGEST)
    yield element("td", element("span", class_="swatch"))
    yield element("th", *_signs(row, ("name",), _named(row, name)), scope="row")
    yield element("td", where(row, letters))
    if several:
        yield element("td", *_signs(row, ("experiment",), text.plain(row.copies[0].experiment)))
    tone = {"class_": "bad"} if row.run.status == "failed" else {}
    yield element("td", *_signs(row, ("status",), row.run.status), **tone)
    for column in seen.columns:
        yield _cell(seen, index, row, column)


def _named(row: Row, name: str) -> Html:
    """The name as a link to where its provider shows the run, if that is known."""
    console = next((held.console for held in row.copies if held.console), None)
    return element("span", name) if console is None else link(console, name)


def _cell(seen: View, index: int, row: Row, column: Column) -> Html:
    value = column.values[index]
    shown, fields = _shown(seen, index, column, value)
    content = [*_signs(row, fields, shown)]
    given = {}
    if index in column.best:
        content.append(sign("★", "best", "star"))
        given["class_"] = "n best" if column.numeric else "best"
    elif column.numeric:
        given["class_"] = "n"
    if column.numeric and (exact := column.number(index)) is not None and repr(exact) != shown:
        given["data_v"] = repr(exact)
    return element("td", *content, **given)


def _shown(seen: View, index: int, column: Column, value: ParamValue | None) -> tuple[str, tuple[str, ...]]:
    """A value as it is shown, and the fields of a run that it hangs on."""
    if column.field in {"seconds", "cost"}:
        found = None if value is None else float(value)
        shown = text.duration(found) if column.field == "seconds" else "-" if found is None else f"{found:,.2f}"
        so_far = "+" if found is not None and seen.comparison.running(index) else ""
        return shown + so_far, ("started", "ended")
    return text.shortened(text.value(value), LONGEST), (column.field,)


def _signs(row: Row, fields: tuple[str, ...], shown: str) -> Iterator[str]:
    """A value with its signs: `~` before one that is not exact, `≠` behind one that differs between copies."""
    why = "; ".join(filter(None, (reasons(row.run.approximate, field) for field in fields)))
    if why:
        yield sign("~", f"not exact: {why}", "rough")
    yield shown
    if any(within(difference.field, field) for difference in row.differences for field in fields):
        yield sign("≠", "the copies of this run differ here", "bad")
