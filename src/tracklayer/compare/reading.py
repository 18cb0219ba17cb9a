"""Reading: the runs of several places, read at the same time, whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from tracklayer.api import Client, connect
from tracklayer.api.urls import run_url, split
from tracklayer.compare.align import Held
from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.model import Model, Run
from tracklayer.spi import Driver

#: Places read at once; more wait their turn.
MOST_THREADS = 8


class Failure(Model):
    """A place that could not be read, and why, in one line."""

    place: str
    reason: str


@dataclass
class Read:
    """What the places gave, in the order in which they were asked for."""

    places: dict[str, None] = field(default_factory=dict)
    copies: list[Held] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def read(urls: Sequence[str], *, experiments: Sequence[str], filter: str) -> Read:
    """The runs of every URL: of a place, or the one of a run's. `experiments`: none is all.

    * A place that fails, however it does, is one of the `failures`.
    * `InvalidInput` for what is wrong whatever the places hold: an unknown scheme, a wrong filter.
    """
    from tracklayer.api.search import parse_filter  # noqa: PLC0415 -- late: it brings a parser

    parse_filter(filter)
    read_one = partial(_read, experiments=experiments, filter=filter)
    found = Read()
    with ThreadPoolExecutor(min(len(urls), MOST_THREADS), thread_name_prefix="tracklayer-compare") as pool:
        for answer in pool.map(read_one, urls):
            if isinstance(answer, Failure):
                found.failures.append(answer)
            else:
                place, copies = answer
                found.places[place] = None
                found.copies += copies
    return found


def reason(error: Exception) -> str:
    """Why something failed, in one line."""
    told = " ".join(str(error).split())
    return told if isinstance(error, (TracklayerError, OSError)) else f"unexpected {type(error).__name__}: {told}"


def _read(url: str, *, experiments: Sequence[str], filter: str) -> tuple[str, list[Held]] | Failure:
    """The place's own URL and its runs."""
    place, run = split(url)
    try:
        client = connect(place)
    except InvalidInput:
        raise
    except Exception as error:  # noqa: BLE001 -- a place that cannot be read is told of, whatever is wrong with it
        return Failure(place=url, reason=reason(error))
    with client:
        try:
            return client.url, list(_copies(client, run, experiments, filter))
        except Exception as error:  # noqa: BLE001 -- likewise
            return Failure(place=url, reason=reason(error))


def _copies(client: Client, run: str | None, experiments: Sequence[str], filter: str) -> Iterator[Held]:
    held = partial(_held, client.driver, client.url, client.traits.provider)
    if run is not None:
        one = client.run(run_url(client.url, run))
        yield held(client.driver.get_experiment(one.experiment).name, one)
        return
    homes = map(client.experiment, experiments) if experiments else client.experiments()
    names = {home.id: home.name for home in homes}
    for found in client.runs(experiments or None, filter=filter):
        yield held(names.get(found.experiment.id, found.experiment.id), found)


def _held(driver: Driver, place: str, provider: str, experiment: str, run: Run) -> Held:
    return Held.trusted(
        {
            "place": place,
            "url": run_url(place, run.id),
            "experiment": experiment,
            "run": run,
            "provider": provider,
            "console": driver.console(run),
            "renamed": {},
        }
    )
