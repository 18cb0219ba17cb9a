"""Settings: what the runs were made with, where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tracklayer.compare.meaning import meaning
from tracklayer.compare.page.parts import folded, section, soft
from tracklayer.compare.page.view import View
from tracklayer.model import ParamValue
from tracklayer.render import text
from tracklayer.render.page import Html, element, facts, table

#: Values of a field that are named, those of most runs first; and letters of one.
MOST_VALUES, LONGEST = 6, 80


def settings(seen: View) -> Html:
    """The section: side by side the runs that are ticked, by a script; then all runs, as counts."""
    differing = seen.config.differing
    if not differing:
        content = [soft("All runs were made with the same params, code and data, as far as they say.")]
    else:
        side = element(
            "div", id_="side-by-side", class_="wide", tabindex="0", role="region", aria_label="Ticked runs", hidden=""
        )
        rows = [(element("code", text.plain(field)), _counted(values)) for field, values in differing.items()]
        content = [side, table("What differs, over all runs", ("field", "values"), rows)]
    if seen.config.same:
        same = ((field, text.shortened(text.value(value), LONGEST)) for field, value in seen.config.same.items())
        content.append(folded(f"The same in all runs ({len(seen.config.same):,})", facts(same)))
    return section("config", "Configuration", *content)


def _counted(values: Sequence[ParamValue | None]) -> str:
    """`0.1 (3 runs), 0.01 (2 runs), none (1 run)`. Values that mean the same are counted as one."""
    counts = Counter(meaning(value) for value in values)
    first = {meaning(value): value for value in reversed(values)}
    told = [
        f"{'none' if key is None else text.shortened(text.value(first[key]), LONGEST)} ({text.counted(count, 'run')})"
        for key, count in counts.most_common(MOST_VALUES)
    ]
    more = len(counts) - len(told)
    return ", ".join(told) + (f" and {more:,} more" if more else "")
