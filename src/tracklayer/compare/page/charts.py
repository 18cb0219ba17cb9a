"""Charts: the sections in which a script draws, with what a reader chooses by."""

from __future__ import annotations

from collections.abc import Iterator

from tracklayer.compare.groups import is_seed
from tracklayer.compare.page.column import METRIC, PARAM, Column, told
from tracklayer.compare.page.parts import chart, choice, controls, folded, section, soft, tick
from tracklayer.compare.page.view import View
from tracklayer.render import text
from tracklayer.render.page import Html, element

#: Axes of the parallel coordinates when the page opens: params, then metrics.
PARAMS, METRICS = 5, 3
LONGEST = 60
SMOOTHING = element("input", type_="range", id_="smoothing", min_="0", max_="0.99", step="0.01", value="0")


def curves(seen: View) -> Iterator[Html]:
    """Learning curves, a panel a metric."""
    if not seen.panels:
        return
    axes = [("steps", "step"), ("relative", "time since the start"), ("times", "time of day")]
    panels = (_panel(seen, at, key) for at, key in enumerate(seen.panels))
    note = seen.histories.note if seen.histories is not None else None
    yield section(
        "curves",
        "Learning curves",
        controls(
            choice("curve-axis", "Along", axes, "steps"),
            tick("curve-log", "log scale"),
            element("label", "Smoothing ", SMOOTHING, " ", element("output", "0", id_="smoothing-says")),
            choice("colour", "Colour by", _colours(seen)),
        ),
        element("ul", id_="legend", class_="legend", aria_label="Colours"),
        element("div", *panels, class_="panels"),
        soft(f"{note}." if note else "All points are here."),
        folded(
            "The curves as a table",
            element("div", id_="curve-table", class_="wide", tabindex="0", role="region", aria_label="Curves"),
        ),
        live=True,
    )


def _colours(seen: View) -> list[tuple[str, str]]:
    options = [("run", "run"), ("place", "place")]
    return [*options, ("group", "group of seeds")] if seen.repeated else options


def _panel(seen: View, at: int, key: str) -> Html:
    unit = seen.comparison.units.get(key)
    under = ", ".join(filter(None, (told(seen.comparison, key), unit)))
    name = text.shortened(text.plain(key), LONGEST)
    return element(
        "figure",
        element("figcaption", name, " ", element("small", under)),
        chart(f"curve-{at}", f"Curves of {name} for the ticked runs; the table below has the numbers"),
        element("p", id_=f"curve-{at}-says", class_="soft"),
    )


def parallel(seen: View) -> Iterator[Html]:
    """Parallel coordinates of params and metrics."""
    axes = [column for column in seen.columns if len(set(map(str, column.values))) > 1]
    if len(axes) < 2:  # noqa: PLR2004 -- two axes make a picture
        return
    params = [column for column in _of(axes, PARAM) if not is_seed(column.name)]
    first = {column.field for column in params[:PARAMS] + _of(axes, METRIC)[:METRICS]}
    boxes = (element("label", _box(column, chosen=column.field in first), " ", column.name) for column in axes)
    metrics = [(column.field, column.name) for column in axes if column.field.startswith(METRIC)]
    yield section(
        "parallel",
        "Params and metrics together",
        controls(
            choice("parallel-colour", "Colour by", metrics, f"{METRIC}{seen.main}"),
            element("button", "Tick the runs within the marks", type_="button", id_="parallel-tick"),
            element("output", id_="parallel-says", aria_live="polite"),
        ),
        chart(
            "parallel-chart", "A line a listed run, across its params and metrics; the table of runs has the numbers"
        ),
        soft("Drag along an axis to mark a stretch of it; click the axis to take the mark away."),
        folded("Axes", element("fieldset", element("legend", "Axes", class_="unseen"), *boxes, id_="axes")),
        live=True,
    )


def _box(column: Column, *, chosen: bool) -> Html:
    return element("input", type_="checkbox", value=column.field, **({"checked": ""} if chosen else {}))


def _of(columns: list[Column], kind: str) -> list[Column]:
    return [column for column in columns if column.field.startswith(kind)]


def scatter(seen: View) -> Iterator[Html]:
    """One number against another, with the Pareto front."""
    numbers = [column for column in seen.columns if column.numeric]
    metrics = [column for column in numbers if column.field.startswith(METRIC)]
    if len(numbers) < 2 or not metrics:  # noqa: PLR2004 -- two axes
        return
    known = [column for column in metrics if column.way is not None] or metrics
    down = known[0]
    across = next((column for column in known[1:]), None) or next(one for one in numbers if one is not down)
    options = [(column.field, column.name) for column in numbers]
    yield section(
        "scatter",
        "Trade-offs",
        controls(
            choice("scatter-x", "Across", options, across.field),
            tick("scatter-x-log", "log"),
            choice("scatter-y", "Up", options, down.field),
            tick("scatter-y-log", "log"),
        ),
        chart("scatter-chart", "A dot a listed run; the line joins those of the Pareto front, which are named below"),
        element("p", id_="front", aria_live="polite"),
        live=True,
    )
