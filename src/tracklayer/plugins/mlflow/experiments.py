"""The experiments of a place, and what MLflow says of them that no place can be told: tags set later, deletion.

An experiment is made with its tags, and no driver changes it. So what is said later is noted beside it, one sidecar for
each change, and the latest note of a thing stands. What one experiment is read as is remembered for a moment.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import RLock

import msgspec

from tracklayer.drivers.mlflow import wire
from tracklayer.errors import NotFound
from tracklayer.layers.journal.creation import DEFAULT, named
from tracklayer.model import Experiment, ExperimentDraft, ExperimentRef
from tracklayer.plugins.mlflow import ids
from tracklayer.spi import Driver, Feature, every

#: Seconds that what a place said of an experiment is taken for true.
FRESH = 5.0
#: Experiments whose notes are read at once.
AT_ONCE = 8
#: How the keys of notes begin.
NOTES = "mlflow-"


class Note(msgspec.Struct, omit_defaults=True):
    """A change: `at` in nanoseconds since 1970 UTC. `tag` None: `text` says whether the experiment is deleted.

    `text` None: the tag is deleted, or the experiment is not.
    """

    at: int
    tag: str | None = None
    text: str | None = None


@dataclass
class Noted:
    """An experiment, in MLflow's terms. Times are milliseconds since 1970 UTC."""

    id: str
    ref: ExperimentRef
    name: str
    tags: dict[str, str] = field(default_factory=dict)
    created: int | None = None
    updated: int | None = None
    deleted: bool = False


class Experiments:
    """The experiments of one place. `driver`: the place, opened when it is asked for."""

    def __init__(self, driver: Callable[[], Driver], clock: Callable[[], float] = time.monotonic) -> None:
        self._driver = driver
        self._clock = clock
        self._lock = RLock()
        self._seen: dict[str, tuple[float, Noted]] = {}

    def get(self, id: str) -> Noted:
        """The experiment of MLflow's id, be it deleted. `NotFound`."""
        with self._lock:
            moment, noted = self._seen.get(id, (0.0, None))
        if noted is not None and self._clock() - moment < FRESH:
            return noted
        return self._noted(self._found(id), id)

    def by_name(self, name: str) -> Noted:
        """The experiment of that name, be it deleted. `NotFound`."""
        with self._lock:
            found = next(
                (noted for moment, noted in self._seen.values() if noted.name == name and self._young(moment)), None
            )
        return found or self._noted(self._driver().get_experiment(name))

    def create(self, name: str, tags: dict[str, str]) -> Noted:
        """Make one. `AlreadyExists`."""
        described = {key: text for key, text in tags.items() if key != wire.NOTE}
        draft = ExperimentDraft(name=name, tags=described, description=tags.get(wire.NOTE))
        return self._noted(self._driver().create_experiment(draft))

    def all(self) -> list[Noted]:
        """Those that the place lists, in its order. The notes of each are a call: some are made at once."""
        found = list(every(self._driver().list_experiments))
        with ThreadPoolExecutor(min(len(found), AT_ONCE) or 1) as pool:
            return list(pool.map(self._noted, found))

    def tag(self, id: str, key: str, text: str | None) -> None:
        """Set a tag; None deletes it."""
        self._note(id, Note(at=time.time_ns(), tag=key, text=text))

    def delete(self, id: str) -> None:
        """Delete it. Where a place would never give it back, it is only noted as deleted."""
        noted, driver = self.get(id), self._driver()
        if driver.traits.native(Feature.RESTORE):
            driver.delete(noted.ref)
            self._forget(id)
        else:
            self._note(id, Note(at=time.time_ns(), text="deleted"))

    def restore(self, id: str) -> None:
        """Bring it back."""
        noted, driver = self.get(id), self._driver()
        if driver.traits.native(Feature.RESTORE):
            driver.restore(noted.ref)
            self._forget(id)
        else:
            self._note(id, Note(at=time.time_ns()))

    # -- inside

    def _found(self, id: str) -> Experiment:
        driver = self._driver()
        if id == ids.DEFAULT:
            return named(driver, DEFAULT) if driver.traits.offers(Feature.WRITING) else driver.get_experiment(DEFAULT)
        if not ids.EXPERIMENT.shortened(id):
            return driver.get_experiment(ExperimentRef(id=ids.EXPERIMENT.read(id)))
        for experiment in every(driver.list_experiments):
            if ids.EXPERIMENT.spell(experiment.id) == id:
                return experiment
        message = f"no experiment has the id {id}"
        raise NotFound(message, provider=driver.traits.provider, operation="get_experiment")

    def _noted(self, experiment: Experiment, asked: str | None = None) -> Noted:
        """An experiment with its notes."""
        noted = Noted(
            id=ids.EXPERIMENT.spell(experiment.id),
            ref=experiment.ref,
            name=experiment.name,
            tags={**experiment.tags, **({} if experiment.description is None else {wire.NOTE: experiment.description})},
            created=None if experiment.created is None else wire.millis(experiment.created),
            deleted=experiment.deleted,
        )
        notes = [
            msgspec.json.decode(data, type=Note) for data in self._driver().get_sidecars(experiment.ref, NOTES).values()
        ]
        for note in sorted(notes, key=lambda note: note.at):
            if note.tag is None:
                noted.deleted = note.text is not None
            elif note.text is None:
                noted.tags.pop(note.tag, None)
            else:
                noted.tags[note.tag] = note.text
        noted.updated = max((note.at // 1_000_000 for note in notes), default=noted.created)
        with self._lock:
            for key in {noted.id, asked or noted.id}:
                self._seen[key] = (self._clock(), noted)
        return noted

    def _note(self, id: str, note: Note) -> None:
        noted = self.get(id)
        data = msgspec.json.encode(note)
        self._driver().put_sidecar(noted.ref, f"{NOTES}{hashlib.sha256(data).hexdigest()[:32]}", data)
        self._forget(id)

    def _forget(self, id: str) -> None:
        with self._lock:
            known = self._seen.pop(id, None)
            if known is not None:
                self._seen = {key: kept for key, kept in self._seen.items() if kept[1].id != known[1].id}

    def _young(self, moment: float) -> bool:
        return self._clock() - moment < FRESH
