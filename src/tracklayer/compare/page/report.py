"""Report: the page's sections in their order, and the whole document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracklayer.compare.page import assets, charts
from tracklayer.compare.page.groups import groups, importance
from tracklayer.compare.page.payload import payload
from tracklayer.compare.page.pictures import Pictures, side_by_side
from tracklayer.compare.page.quality import quality
from tracklayer.compare.page.runs import runs
from tracklayer.compare.page.settings import settings
from tracklayer.compare.page.summary import summary
from tracklayer.compare.page.view import View
from tracklayer.compare.significance import Significance
from tracklayer.render.page import Html, element, page


def report(
    seen: View,
    *,
    title: str,
    written: str,
    pictures: Pictures | None = None,
    tests: Sequence[Significance] = (),
    weighed: bool = True,
) -> str:
    """The whole document. `written`: by what. `tests`: between groups. `weighed`: with the importance of params."""
    content = _sections(seen, written, pictures, tests, weighed=weighed)
    return page(
        title,
        element("p", "Without JavaScript there are no charts; all tables are here.", id_="without-scripts"),
        *content,
        styles=(assets.style(),),
        scripts=assets.scripts(),
        data={"report": payload(seen)},
        pictures=True,
    )


def _sections(
    seen: View, written: str, pictures: Pictures | None, tests: Sequence[Significance], *, weighed: bool
) -> Iterator[Html]:
    yield summary(seen, written)
    if seen.order:
        yield runs(seen)
        yield from charts.curves(seen)
        yield settings(seen)
        yield from charts.parallel(seen)
        yield from charts.scatter(seen)
        yield from groups(seen, tests)
        if weighed:
            yield from importance(seen)
        if pictures is not None:
            yield from side_by_side(seen.comparison.rows, pictures)
    yield quality(seen)
