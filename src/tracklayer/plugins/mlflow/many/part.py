"""Part: one of several places; and what is said of one that cannot be read."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock, Thread

from mlflow.entities import Experiment, ExperimentTag, LifecycleStage
from mlflow.exceptions import MlflowException
from mlflow.store.tracking import SEARCH_MAX_RESULTS_THRESHOLD

from tracklayer.drivers.mlflow import wire
from tracklayer.errors import NotFound
from tracklayer.plugins.mlflow import ids
from tracklayer.plugins.mlflow.entities import MILLISECOND
from tracklayer.plugins.mlflow.errors import absent
from tracklayer.plugins.mlflow.many.reach import unreachable
from tracklayer.plugins.mlflow.many.spelling import KIND, ROOM, TRAINING, Spelling, key_of, label_of, shortened
from tracklayer.plugins.mlflow.place import Place, place
from tracklayer.plugins.mlflow.store import TracklayerStore

log = logging.getLogger("tracklayer")

#: How the id of what is shown in place of a place that cannot be read begins.
UNREAD = "unread-"
#: Seconds until a place that could not be read is asked again, beside whatever else is asked.
AGAIN = 30.0
#: A page shows a description as Markdown: what a provider says is to be neither a link nor a picture.
PLAIN = str.maketrans("[]<>`*", "()()''")


class Part:
    """One place. `alone`: there is no other. `artifact_uri`: a server's root of files, or None.

    * `asked`: its URL, as it was given. `label`: what its experiments are told by.
    * `problem`: why it cannot be read, as one line; None while it can.
    """

    def __init__(self, asked: str, label: str, *, alone: bool, artifact_uri: str | None = None) -> None:
        self.asked = asked
        self.place: Place = place(asked)
        self.key = key_of(self.place.url)
        self.spelling = Spelling("" if alone else self.key, label)
        root = None if artifact_uri is None else f"{artifact_uri.rstrip('/')}/{self.key}"
        self.store = TracklayerStore(f"tracklayer+{asked}", root)
        self.problem: str | None = None
        self._asked_at = 0.0
        self._asking = Lock()

    def check(self) -> None:
        """Ask the place once whether it can be read."""
        self.told(unreachable(self.place.url))

    def told(self, error: Exception | None) -> None:
        """Note why the place cannot be read; None: it can."""
        self._asked_at = time.monotonic()
        self.problem = None if error is None else " ".join(str(error).split())

    def experiments(self, view: int) -> list[Experiment]:
        """All of them, spelt; where the place cannot be read, one that says why. Where it stands alone: the error."""
        if self.problem is None or not self.spelling.key:
            try:
                found = self.store.search_experiments(view, SEARCH_MAX_RESULTS_THRESHOLD)
            except Exception as error:
                if not self.spelling.key:
                    raise
                known = isinstance(error, MlflowException)
                self.problem = " ".join(str(error).split()) if known else f"unexpected {type(error).__name__}"
                self._asked_at = time.monotonic()
                log.warning("tracklayer: %s cannot be read: %s", self.asked, self.problem, exc_info=not known)
            else:
                return [self.spelling.outward(one) for one in found]
        self._ask_again()
        return [self.unread()]

    def unread(self) -> Experiment:
        """What is shown where its experiments would be."""
        why = (self.problem or "it can be read again: reload this page").translate(PLAIN)
        now = time.time_ns() // MILLISECOND
        return Experiment(
            experiment_id=f"{UNREAD}{self.key}",
            name=self.spelling.name("cannot be read"),
            artifact_location="",
            lifecycle_stage=LifecycleStage.ACTIVE,
            tags=[ExperimentTag(wire.NOTE, why), ExperimentTag(KIND, TRAINING)],
            creation_time=now,
            last_update_time=now,
        )

    def home(self, id: str, *, write: bool) -> str:
        """The id of an experiment in the place's own store, of one as it stands behind a key."""
        if id == ids.DEFAULT and not write:  # asked for by MLflow's id it would be made where it is not there yet
            try:
                return self.place.experiments.by_name("Default").id
            except NotFound:
                message = f"No Experiment with id={id} exists"
                raise absent(message) from None
        if len(id) != ROOM or not self.spelling.key:
            return id
        return next((noted.id for noted in self.place.experiments.all() if shortened(noted.id) == id), id)

    def _ask_again(self) -> None:
        """Look in the background whether the place can be read by now, if it is time to."""
        if time.monotonic() - self._asked_at > AGAIN and self._asking.acquire(blocking=False):
            Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        try:
            self.check()
        finally:
            self._asking.release()


@lru_cache(maxsize=8)
def parts(urls: Sequence[str], artifact_uri: str | None = None) -> tuple[Part, ...]:
    """These places, each once, and the same ones whenever they are asked for. `InvalidInput`, `DriverMissing`."""
    wanted: dict[str, str] = {}
    for url in urls:
        wanted.setdefault(key_of(place(url).url), url)
    labels = {key: label_of(url) for key, url in wanted.items()}
    found = []
    for key, url in wanted.items():
        shared = list(labels.values()).count(labels[key]) > 1
        label = f"{labels[key]} {key}" if shared else labels[key]
        found.append(Part(url, label, alone=len(wanted) == 1, artifact_uri=artifact_uri))
    return tuple(found)
