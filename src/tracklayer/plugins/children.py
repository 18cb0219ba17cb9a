"""Children: the many runs within one."""

from __future__ import annotations

from tracklayer.api import ActiveRun


class Children:
    """Ends runs. A place that is slow or down is waited for at the end of one, and not again before it has caught up.

    What is left is kept in the journal and sent while the program goes on, as with any run.
    """

    _last: ActiveRun | None = None

    def end(self, run: ActiveRun, status: str) -> None:
        """End one: `finished`, `failed` or `killed`."""
        behind = self._last is not None and any(one.pending() for one in self._last.delivery.shipments)
        self._last = run
        run.end(status, 0 if behind else None)
