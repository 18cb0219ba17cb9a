"""Reading: what blocks keep of the series that a thread reads, remembered for as long as it may be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from tracklayer.layers.fitting import series
from tracklayer.model import Points, RunRef
from tracklayer.spi import Cursor

#: Something else for each block in which one look is enough; None outside of one.
_look: ContextVar[object | None] = ContextVar("look", default=None)


@contextmanager
def one_look(*, enough: bool = True) -> Iterator[None]:
    """Within the block, if that is `enough`, this thread looks for a run's blocks once, not once for each series.

    * To look costs as much as a page. It is enough for runs to which nobody writes any more: what is written meanwhile
      may be missed.
    """
    before = _look.set(object() if enough else None)
    try:
        yield
    finally:
        _look.reset(before)


class Reading(threading.local):
    """Of the series that this thread has read last: what its blocks keep.

    * They are fetched before the first page of a series, and remembered for its other pages; within `one_look`, for the
      other series of the run too, unless all points ride in blocks: those would be too many.
    """

    def __init__(self) -> None:
        self._of: tuple[str, str] | None = None  # run, prefix of the blocks
        self._look: object | None = None
        self._points: list[Points] = []

    def kept(
        self,
        run: RunRef,
        key: str,
        after: Cursor | None,
        load: Callable[[str], Mapping[str, bytes]],
        *,
        many: bool,
    ) -> list[Points]:
        """What blocks keep of a metric. `load` fetches the sidecars of a prefix; `many`: all points ride in blocks."""
        look = None if many else _look.get()
        prefix = series.series_prefix(key) if look is None else series.BLOCK_PREFIX
        known = self._of == (run.id, prefix) and (after is not None or (look is not None and look is self._look))
        if not known:
            self._of, self._look = (run.id, prefix), look
            self._points = series.unblocked(load(prefix))
        return [points for points in self._points if points.key == key]
