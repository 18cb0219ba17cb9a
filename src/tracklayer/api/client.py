"""Client: one place's experiments and runs, read and written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, get_args

from tracklayer.api.active_run import ActiveRun
from tracklayer.api.download import download
from tracklayer.api.options import Options, chosen
from tracklayer.api.refs import AnyRun, ref_of
from tracklayer.api.start import Above, begin
from tracklayer.api.urls import default_place, several
from tracklayer.api.values import tag_values
from tracklayer.errors import InvalidInput
from tracklayer.layers.journal.carrier import Carrier
from tracklayer.layers.journal.dispatch import carrier_of, settle
from tracklayer.layers.stack import stack
from tracklayer.model import (
    Artifact,
    Clause,
    Experiment,
    ExperimentDraft,
    Order,
    Owner,
    Points,
    Query,
    Run,
    View,
    canonical,
    checked_path,
)
from tracklayer.spi import Driver, Traits, every, open_driver

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds that reading waits for what this process has logged to the same place.
PATIENCE = 10.0
#: Runs a page: MLflow's own number.
PAGE = 1_000
#: The fewest runs a page when some of them may not be wanted.
SIFTED = 100
NEWEST_FIRST = ("start_time DESC",)


def connect(url: str | None = None) -> Client:
    """A client of the place that `url` names; None: `$TRACKLAYER_URL`, else `local:`. No call is made."""
    place = several(default_place())[0] if url is None else url
    driver = stack(open_driver(place))
    return Client(driver, partial(_reopened, driver.url))


def _reopened(place: str) -> Driver:
    return stack(open_driver(place))


class Client:
    """The experiments and runs of one place. Any thread may use it; `close` it, or use it in a `with`.

    * Wrong input is `InvalidInput`; what the place answers is one of `tracklayer.errors`.
    """

    def __init__(self, driver: Driver, reopen: Callable[[], Driver] | None = None) -> None:
        """`reopen`: another driver of the same place, for the runs that outlive this client."""
        self._driver = driver
        self._carrier = Carrier(driver.url, lambda: driver) if reopen is None else carrier_of(driver.url, reopen)
        self._closed = False
        self._closing = Lock()

    @property
    def driver(self) -> Driver:
        """The driver with all its layers: for what moves runs, not for users.

        What this process has logged there is on the way: it is waited for, for a while, so that it can be read.
        """
        if self._closed:
            message = f"this client of {self._driver.url} is closed: connect again"
            raise InvalidInput(message)
        settle(self._driver.url, PATIENCE)
        return self._driver

    @property
    def carrier(self) -> Carrier:
        """What takes runs that are logged to this place."""
        return self._carrier

    @property
    def url(self) -> str:
        """The place, without credentials."""
        return self._driver.url

    @property
    def traits(self) -> Traits:
        """What this provider can do, and why it cannot do the rest."""
        return self._driver.traits

    # -- experiments

    def experiments(self) -> Iterator[Experiment]:
        """All experiments that are not deleted."""
        return every(self.driver.list_experiments)

    def experiment(self, name: str) -> Experiment:
        """The experiment of that name, be it deleted. `NotFound`."""
        return self.driver.get_experiment(ExperimentDraft(name=name).name)

    def create_experiment(
        self, name: str, *, tags: Mapping[str, object] | None = None, description: str | None = None
    ) -> Experiment:
        """Make an experiment. `AlreadyExists` when the name is taken, by a deleted one too."""
        return self.driver.create_experiment(
            ExperimentDraft(name=name, tags=tag_values(tags or {}), description=description)
        )

    # -- runs

    def runs(
        self,
        experiment: str | Sequence[str] | None = None,
        *,
        filter: str = "",
        order_by: str | Sequence[str] = (),
        limit: int | None = None,
        view: View = "active",
    ) -> Iterator[Run]:
        """Runs of an experiment, of several, or of all that are not deleted; each once, fetched as they are needed.

        * `filter`: in MLflow's search language, `"metrics.loss < 0.1 AND params.model = 'svm'"`: see
          `tracklayer.api.search`.
        * `order_by`: such as `["metrics.loss", "start_time DESC"]`; without: the newest first.
        * `limit`: at most so many. * `view`: `active` (not deleted), `deleted` or `all`.
        """
        from tracklayer.api.search import parse_filter, parse_order  # noqa: PLC0415 -- late: it brings a parser

        driver = self.driver
        _check(limit, view)
        where, orders = parse_filter(filter), parse_order(order_by or NEWEST_FIRST)
        names = [experiment] if isinstance(experiment, str) else experiment
        homes = self.experiments() if names is None else map(self.experiment, dict.fromkeys(names))
        query = Query(
            experiments=tuple(home.ref for home in homes),
            where=where,
            order_by=orders,
            view=view,
            page_size=_page_size(driver.traits, where, orders, limit),
        )
        if limit == 0 or not query.experiments:
            return iter(())
        return islice(_once(every(partial(driver.list_runs, query))), limit)

    def run(self, id_or_url: str) -> Run:
        """One whole run, be it deleted, by its id or by its URL in this place. `NotFound`."""
        return self.driver.get_run(ref_of(self.driver, id_or_url))

    def metric_history(self, run: AnyRun, key: str) -> Points:
        """All points of a metric, in the order (step, time, value), each once; none for a metric that is not there."""
        read = partial(self.driver.read_points, ref_of(self.driver, run), key)
        return canonical(key, list(every(read)))

    def start_run(
        self,
        experiment: str | None = None,
        *,
        name: str | None = None,
        parent: Above = None,
        resume: AnyRun | None = None,
        tags: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        description: str | None = None,
        strict: bool | None = None,
        options: Options | None = None,
    ) -> ActiveRun:
        """Start a run, or go on with the one that `resume` names. Waits for no network.

        * `experiment`: made when there is none of that name; None: the parent's, else `Default`.
        * `name`: None makes one up. * `parent`: a run, its id or URL, or True: the current run.
        * `resume`: an id or URL; the run is `running` again and stays in its experiment, under its parent.
        * `strict`: raise what goes wrong on the way to the place. * `options`: see `Options`.
        """
        if self._closed:
            message = f"this client of {self._driver.url} is closed: connect again"
            raise InvalidInput(message)
        return begin(
            [self.carrier],
            experiment,
            name=name,
            parent=parent,
            resume=resume,
            tags=tags,
            params=params,
            description=description,
            options=chosen(options, strict=strict),
        )

    # -- files

    def artifacts(self, run: AnyRun) -> Iterator[Artifact]:
        """All files of a run, in all folders."""
        return every(partial(self.driver.list_artifacts, ref_of(self.driver, run)))

    def open_artifact(self, run: AnyRun, path: str) -> BinaryIO:
        """A file of a run, to be read as a stream and closed. `NotFound`."""
        return self.driver.open_artifact(ref_of(self.driver, run), checked_path(path))

    def download(self, run: AnyRun, to: str | os.PathLike[str], path: str = "") -> Path:
        """Write a file or folder of a run (all of it for an empty path) below the folder `to`; says where it lies.

        Nothing is ever written outside `to`, and a file is there whole or not at all.
        """
        return download(self.driver, ref_of(self.driver, run), Path(to), path)

    # -- life

    def delete(self, thing: Run | ActiveRun | Experiment) -> None:
        """Delete a run or an experiment: it is listed no more."""
        self.driver.delete(_owner(thing))

    def restore(self, thing: Run | ActiveRun | Experiment) -> None:
        """Bring a deleted run or experiment back."""
        self.driver.restore(_owner(thing))

    def close(self) -> None:
        """Let go of connections and files. Twice is once."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self.url}>"


def _check(limit: object, view: object) -> None:
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 0):
        message = f"limit must be a whole number from 0, or None, not {limit!r}"
        raise InvalidInput(message)
    if view not in get_args(View):
        message = f"view must be one of {', '.join(get_args(View))}, not {view!r}"
        raise InvalidInput(message)


def _page_size(traits: Traits, where: Sequence[Clause], orders: Sequence[Order], limit: int | None) -> int:
    """As few runs as will do; but where runs are sifted on this side, any number may be read for one that is wanted."""
    if limit is None or not all(map(traits.sorts, orders)):
        return PAGE
    return min(PAGE, max(limit, SIFTED if where else 1))


def _once(runs: Iterable[Run]) -> Iterator[Run]:
    """Each run once: one that is made while pages are turned may push another onto two of them."""
    seen: set[str] = set()
    for run in runs:
        if run.id not in seen:
            seen.add(run.id)
            yield run


def _owner(thing: Run | ActiveRun | Experiment) -> Owner:
    if isinstance(thing, (Run, ActiveRun, Experiment)):
        return thing.ref
    message = f"a run or an experiment is needed, such as client.run(id) gives, not {type(thing).__name__}"
    raise InvalidInput(message)
