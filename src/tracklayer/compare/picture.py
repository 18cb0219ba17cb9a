"""Picture: a small SVG of the curves of the best runs, by matplotlib, for where no page can be."""

from __future__ import annotations

import math
from io import BytesIO

from tracklayer.compare.extra import needed
from tracklayer.compare.page.view import View
from tracklayer.compare.series import Series
from tracklayer.render import text

#: Metrics and runs that are drawn, and points of a curve: a small picture shows no more.
PANELS, RUNS, POINTS = 2, 10, 300
#: Inches of a panel.
WIDTH, HEIGHT = 4.6, 2.9
LONGEST = 28
#: Names stand as text, so that the file is small; the picture is the same whenever it is drawn.
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "tracklayer", "font.family": "sans-serif", "text.usetex": False}


def curves(seen: View) -> bytes | None:
    """The curves as SVG, on white, so that it can be seen on dark too; None where no metric has more than one point."""
    panels = seen.several[:PANELS]
    if not panels:
        return None
    matplotlib = needed("matplotlib", "the picture beside the Markdown")
    figures = needed("matplotlib.figure", "the picture beside the Markdown")
    rows = seen.order[:RUNS]
    found = seen.comparison.histories(panels, rows, most=POINTS).series
    with matplotlib.rc_context(SETTINGS):
        figure = figures.Figure(figsize=(WIDTH * len(panels), HEIGHT), layout="constrained", facecolor="white")
        spread = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, metric in zip(spread, panels, strict=True):
            axes.set_title(_named(metric), fontsize=10, loc="left", parse_math=False)
            axes.set_xlabel("step", fontsize=8)
            axes.tick_params(labelsize=8)
            axes.grid(alpha=0.25)
            for one in found:
                if one.metric == metric:
                    _draw(axes, one, rows.index(one.row))
        handles = [spread[0].plot([], [], color=f"C{at}")[0] for at in range(len(rows))]
        names = [_named(seen.comparison.rows[row].name) for row in rows]
        legend = figure.legend(handles, names, loc="outside right center", fontsize=7, frameon=False)
        for entry in legend.get_texts():
            entry.set_parse_math(False)
        written = BytesIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def _draw(axes: object, one: Series, colour: int) -> None:
    values = [value if math.isfinite(value) else math.nan for value in one.values]
    mark = "o" if len(values) == 1 else ""
    axes.plot(one.steps, values, color=f"C{colour}", linewidth=1.2, marker=mark, markersize=3)  # type: ignore[attr-defined] # no types


def _named(name: str) -> str:
    return text.shortened(text.plain(name), LONGEST)
