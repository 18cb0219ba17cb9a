"""Frame: the runs of several places side by side, read at the same time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tracklayer.api import Client, connect
from tracklayer.api.urls import run_url, split
from tracklayer.compare.align import Held, Row, align
from tracklayer.compare.direction import Direction, direction
from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.model import Model, Run

#: Places read at once; more wait their turn.
MOST_THREADS = 8


class Failure(Model):
    """A place that could not be read, and why, in one line."""

    place: str
    reason: str


class Comparison(Model):
    """Runs of several places, the same run of several places in one row.

    * `places`: those that were read. `failures`: those that were not; the rows hold what the others have.
    * `metrics`: metric -> which way it gets better, guessed from its name; None where the name does not say.
    """

    places: tuple[str, ...]
    rows: tuple[Row, ...]
    failures: tuple[Failure, ...] = ()
    metrics: Mapping[str, Direction | None]

    def best(self, metric: str) -> frozenset[int]:
        """The rows with the best last value of a metric; none where no way is known or nothing stands out."""
        way = self.metrics.get(metric)
        found = {
            index: row.run.metrics[metric].last
            for index, row in enumerate(self.rows)
            if metric in row.run.metrics and not math.isnan(row.run.metrics[metric].last)
        }
        if way is None or len(set(found.values())) < 2:  # noqa: PLR2004 -- one value is no contest
            return frozenset()
        top = min(found.values()) if way == "min" else max(found.values())
        return frozenset(index for index, last in found.items() if last == top)

    def to_json(self) -> str:
        """One JSON document: everything the rows hold, with NaN and infinities as text."""
        metrics = {
            key: {"direction": way, "best": sorted(self.best(key)), "guessed": way is not None}
            for key, way in self.metrics.items()
        }
        document: dict[str, Any] = {
            "places": self.places,
            "rows": [_document(row) for row in self.rows],
            "metrics": metrics,
            "failures": [failure.model_dump() for failure in self.failures],
        }
        return json.dumps(document, allow_nan=False)


def compare(
    urls: str | Iterable[str], *, experiment: str | None = None, filter: str = "", metrics: Sequence[str] | None = None
) -> Comparison:
    """The runs of places, or single runs, laid side by side.

    * `urls`: of places, read whole, or of runs (`PLACE#RUN`).
    * `experiment`, `filter`: which runs of a place; `metrics`: which metrics, in this order; None: all there are.
    * Places are read at the same time. One that cannot be read stands in `failures`, and the others are compared.
    * `InvalidInput` for a mistake that no place could make good: no URL, an unknown scheme, a wrong filter, a metric
      that no run has.
    """
    wanted = tuple(dict.fromkeys([urls] if isinstance(urls, str) else urls))
    if not wanted:
        message = "nothing to compare: give the URLs of places or runs"
        raise InvalidInput(message)
    read = partial(_read, experiment=experiment, filter=filter)
    with ThreadPoolExecutor(min(len(wanted), MOST_THREADS), thread_name_prefix="tracklayer-compare") as pool:
        answers = list(pool.map(read, wanted))
    places: dict[str, None] = {}
    held: list[Held] = []
    failures: list[Failure] = []
    for answer in answers:
        if isinstance(answer, Failure):
            failures.append(answer)
        else:
            places[answer[0]] = None
            held += answer[1]
    rows = align(held)
    return Comparison(places=tuple(places), rows=rows, failures=tuple(failures), metrics=_metrics(rows, metrics))


def _read(url: str, *, experiment: str | None, filter: str) -> tuple[str, list[Held]] | Failure:
    """The place's own URL and its runs."""
    place, run = split(url)
    try:
        with connect(place) as client:
            if run is not None:
                one = client.run(url)
                return client.url, [_held(client, client.driver.get_experiment(one.experiment).name, one)]
            return client.url, _runs(client, experiment, filter)
    except InvalidInput:
        raise
    except (TracklayerError, OSError) as error:
        return Failure(place=url, reason=" ".join(str(error).split()))


def _runs(client: Client, experiment: str | None, filter: str) -> list[Held]:
    names = {found.id: found.name for found in client.experiments()}
    return [
        _held(client, names.get(run.experiment.id, run.experiment.id), run)
        for run in client.runs(experiment, filter=filter)
    ]


def _held(client: Client, experiment: str, run: Run) -> Held:
    return Held(place=client.url, url=run_url(client.url, run.id), experiment=experiment, run=run)


def _metrics(rows: Sequence[Row], wanted: Sequence[str] | None) -> dict[str, Direction | None]:
    there = dict.fromkeys(key for row in rows for key in row.run.metrics)
    if wanted is None:
        return {key: direction(key) for key in there}
    missing = [key for key in wanted if key not in there]
    if missing and rows:
        message = f"no run has the metric {missing[0]!r}; there are: {', '.join(sorted(there)) or 'none'}"
        raise InvalidInput(message)
    return {key: direction(key) for key in wanted}


def _document(row: Row) -> dict[str, Any]:
    """A row as JSON has it: the copy that is shown, then where all copies are and what differs."""
    run = json.loads(row.run.model_dump_json(exclude={"id", "experiment", "deleted", "token"}))
    copies = [
        {"place": held.place, "url": held.url, "experiment": held.experiment, "run": held.run.id} for held in row.copies
    ]
    differences = [json.loads(difference.model_dump_json()) for difference in row.differences]
    return {**run, "seconds": row.seconds, "copies": copies, "differences": differences}
