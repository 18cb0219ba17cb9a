"""Running: the runs that run just now, and what became of those that did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracklayer.compare.direction import Direction, said
from tracklayer.compare.frame import Comparison, compare

#: Which runs are watched, in the search grammar.
RUNNING = "attributes.status IN ('RUNNING', 'SCHEDULED')"
#: Runs that have ended and are shown still, the last of them.
MOST_ENDED = 20


class Running:
    """Looks at the running runs of places, as often as it is asked to.

    * `urls`: of places, or of runs, which are shown whether they run or not. `experiments`, `filter`: which runs.
    * `metrics`, in this order, and `directions`: of a metric that no run has yet, nothing is shown yet.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        experiments: Sequence[str] = (),
        filter: str = "",
        metrics: Sequence[str] = (),
        map: Mapping[str, str] | None = None,
        directions: Mapping[str, str] | None = None,
    ) -> None:
        self._urls = tuple(urls)
        self._experiments = tuple(experiments)
        self._filter = f"{filter} AND {RUNNING}" if filter else RUNNING
        self._metrics = tuple(metrics)
        self._map = dict(map or {})
        self._directions = said(directions or {})
        self._seen: dict[str, str] = {}
        self._ended: dict[str, None] = {}

    def look(self) -> Comparison:
        """The runs as they are now, the running first. Those that ran at an earlier look are shown as they ended."""
        found = self._read()
        there = {held.url for row in found.rows for held in row.copies}
        gone = [url for url, place in self._seen.items() if url not in there and place in found.places]
        for url in gone:
            del self._seen[url]
            self._ended[url] = None
        if gone:
            self._ended = dict.fromkeys(list(self._ended)[-MOST_ENDED:])
            found = self._read()
        for row in found.rows:
            shown = row.copies[0]
            if shown.run.status in {"running", "scheduled"}:
                self._ended.pop(shown.url, None)
                self._seen[shown.url] = shown.place
        return self._chosen(found)

    def _read(self) -> Comparison:
        return compare(
            [*self._urls, *self._ended],
            experiment=self._experiments or None,
            filter=self._filter,
            map=self._map,
        )

    def _chosen(self, found: Comparison) -> Comparison:
        """The metrics that were asked for, as far as a run has them, and which way they get better."""
        keys: Iterable[str] = [key for key in self._metrics if key in found.metrics] if self._metrics else found.metrics
        metrics: dict[str, Direction | None] = {key: self._directions.get(key, found.metrics[key]) for key in keys}
        return found.model_copy(update={"metrics": metrics, "said": frozenset(self._directions) & frozenset(metrics)})
