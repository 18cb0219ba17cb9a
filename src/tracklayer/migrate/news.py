"""News: what of a series has not been copied yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tracklayer.migrate.proof.series import Sums
from tracklayer.model import Points
from tracklayer.spi import Cursor, Page, every


@dataclass(frozen=True)
class Seen:
    """The first `count` points of a series, in the order in which its place gives them, and their digest."""

    count: int
    digest: str


def seen_of(sums: Sums) -> Seen:
    """What has been summed up so far."""
    return Seen(sums.count, sums.summed(rising=True).digest)


def news(read: Callable[[Cursor | None], Page[Points]], known: Seen | None, sums: Sums) -> Iterator[Points]:
    """The pages of a series beyond what is `known`; all of it, where that is not how it begins any more.

    * `sums`, which is new, comes to hold all that the series has.
    """
    if known is not None and known.count:
        grown = False
        for page in every(read):
            ahead = 0 if grown else min(known.count - sums.count, len(page))
            sums.add(page.cut(0, ahead))
            if not grown and sums.count == known.count:
                if seen_of(sums) != known:
                    break
                grown = True
            if grown and ahead < len(page):
                rest = page.cut(ahead, len(page))
                sums.add(rest)
                yield rest
        if grown:
            return
        sums.clear()
    for page in every(read):
        sums.add(page)
        if len(page):
            yield page
