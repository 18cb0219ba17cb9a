"""Groups: seeds and repeats, what their metrics come to, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tracklayer.compare.groups import Group
from tracklayer.compare.page.parts import chart, choice, controls, folded, listed, section, soft
from tracklayer.compare.page.view import View
from tracklayer.compare.significance import Significance, Tested
from tracklayer.compare.spread import Spread
from tracklayer.render import text
from tracklayer.render.page import Html, element, joined, table

#: Groups in the table, and metrics beside them.
MOST_GROUPS, MOST_METRICS = 200, 8
LONGEST = 100


def groups(seen: View, tests: Sequence[Significance]) -> Iterator[Html]:
    """The section; nothing where no run is a repeat of another."""
    if not seen.repeated and not tests:
        return
    found = seen.grouping
    shown = sorted(found.groups, key=lambda group: _rank(seen, group))[:MOST_GROUPS]
    keys = list(seen.comparison.metrics)[:MOST_METRICS]
    rows = [
        (_label(group, found.telling), str(len(group.rows)), *(_spread(group.metrics.get(key)) for key in keys))
        for group in shown
    ]
    yield section(
        "groups",
        "Seeds and repeats",
        element("p", _how(seen)),
        element(
            "div",
            controls(choice("group-metric", "Metric", [(f"metrics.{key}", key) for key in seen.comparison.metrics])),
            chart("group-chart", "Each group's mean with its 95 % interval, and each run; the table has the numbers"),
            id_="group-live",
            hidden="",
        ),
        table(
            "Mean ± standard deviation of the runs, and below it the 95 % confidence interval of the mean",
            ("group", "runs", *keys),
            rows,
            right=("runs", *keys),
        ),
        *_cautions(seen, shown),
        *(part for test in tests for part in _test(seen, test)),
    )


def _rank(seen: View, group: Group) -> tuple[bool, float]:
    """The best mean of the main metric first; groups without one last, as they come."""
    spread = None if seen.main is None else group.metrics.get(seen.main)
    if seen.main is None or spread is None or spread.mean is None or math.isnan(spread.mean):
        return True, 0.0
    return False, spread.mean if seen.comparison.metrics[seen.main] == "min" else -spread.mean


def _how(seen: View) -> str:
    found = seen.grouping
    seeds = ", ".join(found.seeds) or "none"
    who = "as you said" if found.said else "told by their names"
    return (
        f"Runs of equal params are one group; seeds are left out ({seeds}; {who}). The interval is Student's t, for"
        " runs that are independent and a mean that is about normal. n counts values that are numbers."
    )


def _label(group: Group, telling: Sequence[str]) -> str:
    return text.shortened(text.plain(group.label(telling)), LONGEST)


def _spread(found: Spread | None) -> str:
    """`0.912 ± 0.012`, and below it `0.90 to 0.93, n=3`."""
    if found is None or found.mean is None:
        return "-"
    std = "" if found.std is None else f" ± {text.number(found.std)}"
    low, high = found.low, found.high
    between = "" if low is None or high is None else f"{text.number(low)} to {text.number(high)}, "
    apart = "".join(f", {count} {what}" for count, what in ((found.missing, "missing"), (found.nan, "NaN")) if count)
    return joined((text.number(found.mean), std, element("small", f"{between}n={found.n}{apart}")))


def _cautions(seen: View, shown: Sequence[Group]) -> Iterator[Html]:
    lines = [f"{_label(group, seen.grouping.telling)}: {line}" for group in shown for line in group.cautions]
    if lines:
        yield element("p", "What speaks against taking runs for repeats:", class_="warn")
        yield listed(lines)
    if len(shown) < len(seen.grouping.groups):
        yield soft(f"{len(shown):,} of {len(seen.grouping.groups):,} groups are shown; --json has all.")


def _test(seen: View, found: Significance) -> Iterator[Html]:
    names = [_label(group, seen.grouping.telling) for group in seen.grouping.groups]
    rows = [
        (names[pair.left], names[pair.right], text.number(pair.difference), _chance(pair.welch), _chance(pair.rank))
        for pair in found.pairs
    ]
    yield table(
        f"Tests of {found.metric} between groups",
        ("group", "and", "difference of means", "Welch's t", "Mann-Whitney U"),
        rows,
        right=("difference of means", "Welch's t", "Mann-Whitney U"),
    )
    yield soft(f"p, and in brackets p adjusted for all pairs: {found.correction}.")
    yield listed([*found.assumptions, *found.untested])


def _chance(tested: Tested | None) -> str:
    return "-" if tested is None else f"{tested.p:.3g} ({tested.adjusted:.3g})"


def importance(seen: View) -> Iterator[Html]:
    """What the main metric hangs on, if there are runs enough and scikit-learn is there."""
    from tracklayer.errors import InvalidInput  # noqa: PLC0415

    if seen.main is None:
        return
    try:
        found = seen.comparison.importance(seen.main)
    except InvalidInput:
        return
    rows = [(one.param, f"{one.mean:.3f}", f"{one.std:.3f}") for one in found.params]
    yield section(
        "importance",
        f"What {text.plain(found.metric)} hangs on",
        table(
            "Importance: R2 that is lost when the param is shuffled",
            ("param", "mean", "spread"),
            rows,
            right=("mean", "spread"),
        ),
        listed(found.notes),
        *(
            [folded("Params left out", listed(f"{key}: {why}" for key, why in found.left_out.items()))]
            if found.left_out
            else []
        ),
    )
