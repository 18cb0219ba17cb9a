"""Histories: the points of what is shown, read from the places when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

from tracklayer.api import Client, connect
from tracklayer.compare.align import Held, Row
from tracklayer.compare.reading import MOST_THREADS, reason
from tracklayer.compare.series import NANOS, Histories, Series, SeriesFailure
from tracklayer.compare.thinning import LEAST, thinned
from tracklayer.errors import InvalidInput
from tracklayer.layers.fitting.reading import one_look
from tracklayer.model import ENDED, MetricSummary, Points, canonical
from tracklayer.spi import every

#: Points that are held of one series before they are thinned: 3 MB in three columns.
BLOCK = 131_072
#: Of a block stays one point in so many: enough for a curve of any width, and for `most` too.
SHARE = 16

#: A place's client, or why there is none.
Reached = Client | Exception


def histories(
    rows: Sequence[Row], metrics: Iterable[str], wanted: Iterable[int] | None = None, *, most: int | None = 1_000
) -> Histories:
    """The series of some metrics of some rows; `wanted` None: of all rows.

    * Runs are read at the same time, a call for each page of points, and no other series; one of one point needs none.
    * `most`: points a series; more are thinned while they are read, so that memory is bounded. None: all points.
    * A series is read from the row's first copy, or from the next one where that fails.
    """
    if most is not None and most < LEAST:
        message = f"most must be {LEAST} points or more, or None for all, not {most}"
        raise InvalidInput(message)
    keys = tuple(dict.fromkeys(metrics))
    indices = range(len(rows)) if wanted is None else list(wanted)
    asked = [(index, held) for index in indices if (held := [key for key in keys if key in rows[index].run.metrics])]
    with ExitStack() as opened:
        places = {held.place for index, _ in asked for held in rows[index].copies}
        reached = {place: _reached(place, opened) for place in sorted(places)}
        with ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="tracklayer-histories") as pool:
            answers = list(pool.map(lambda pair: _of_row(rows[pair[0]], pair[0], pair[1], reached, most), asked))
    return Histories(
        series=tuple(one for several in answers for one in several if isinstance(one, Series)),
        failures=tuple(one for several in answers for one in several if isinstance(one, SeriesFailure)),
        most=most,
    )


def _reached(place: str, opened: ExitStack) -> Reached:
    try:
        return opened.enter_context(connect(place))
    except Exception as error:  # noqa: BLE001 -- told of for each series
        return error


def _of_row(
    row: Row, index: int, metrics: Sequence[str], reached: Mapping[str, Reached], most: int | None
) -> list[Series | SeriesFailure]:
    """All series of a row, in one thread: what is kept beside an ended run is looked for once."""
    with one_look(enough=row.run.status in ENDED):
        return [_series(row, (index, metric), reached, most) for metric in metrics]


def _series(
    row: Row, named: tuple[int, str], reached: Mapping[str, Reached], most: int | None
) -> Series | SeriesFailure:
    index, metric = named
    why = ""
    for held in row.copies:
        client = reached[held.place]
        summary = held.run.metrics.get(metric)
        if summary is None:
            continue
        if isinstance(client, Exception):
            why = why or reason(client)
            continue
        try:
            points, count = _read(client, held, metric, summary, most)
        except Exception as error:  # noqa: BLE001 -- one series keeps no other
            why = why or reason(error)
            continue
        started = held.run.started
        return Series(
            row=index,
            metric=metric,
            steps=points.steps,
            times=points.times,
            values=points.values,
            count=count,
            thinned=len(points) < count,
            started=None if started is None else round(started.timestamp() * NANOS),
            approximate=held.run.approximate.get(f"metrics.{metric}"),
        )
    return SeriesFailure(index, metric, why)


def _read(client: Client, held: Held, metric: str, summary: MetricSummary, most: int | None) -> tuple[Points, int]:
    """The points that are to be shown, and how many there are."""
    if summary.count == 1:
        return Points.of(metric, [(summary.last_step, summary.last_time, summary.last)]), 1
    key = held.renamed.get(f"metrics.{metric}", metric)
    done: list[Points] = []
    block: list[Points] = []
    count = waiting = 0
    for part in every(partial(client.driver.read_points, held.run.ref, key)):
        block.append(part)
        waiting += len(part)
        if most is not None and waiting >= BLOCK:
            whole = canonical(metric, block)
            count += len(whole)
            done.append(thinned(whole, max(most, len(whole) // SHARE)))
            block, waiting = [], 0
    rest = canonical(metric, block)
    count += len(rest)
    if most is None:
        return rest, count
    if done:  # as densely as what came before, for thinning goes by the number of points
        rest = thinned(rest, max(LEAST, len(rest) * len(done[0]) // BLOCK))
    return thinned(canonical(metric, [*done, rest]), most), count
