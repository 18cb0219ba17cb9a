"""The state of one region of one account, and what operations ask of it.

* An operation is a function `(region, asked) -> answer`, both in the words of the wire; it raises `AwsError`.
  It runs under the region's lock, so it is all or nothing if it checks before it changes.
* Names are found in any case.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from tracklayer.emulators.faults import Fault
from tracklayer.emulators.sagemaker.entities import Artifact, Association, Component, Entity, Experiment, Trial
from tracklayer.emulators.sagemaker.knobs import Knobs
from tracklayer.emulators.sagemaker.naming import arn, missing
from tracklayer.emulators.sagemaker.series import Series

E = TypeVar("E", bound=Entity)
_UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}


@dataclass
class Indexed:
    """One thing in Search's index. `live`: read it as it is; else `shown` until the first of `pending` is due.

    * `kept`: its record without metrics, good until it changes.
    """

    entity: Entity
    live: bool = True
    shown: dict[str, Any] | None = None
    pending: deque[tuple[float, dict[str, Any] | None]] = field(default_factory=deque)
    kept: dict[str, Any] | None = None


class Region:
    """One region. `knobs`, `clock`: the emulator's, as they are at the moment.

    * `fault`: of kind `point`, for the operation at hand.
    """

    def __init__(self, name: str, account: str, knobs: Callable[[], Knobs], clock: Callable[[], float]) -> None:
        self.name = name
        self.account = account
        self.lock = threading.RLock()
        self.experiments: dict[str, Experiment] = {}
        self.trials: dict[str, Trial] = {}
        self.components: dict[str, Component] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.associations: dict[tuple[str, str], Association] = {}
        self.series: dict[str, dict[str, Series]] = {}
        self.fault: Fault | None = None
        self._knobs = knobs
        self._clock = clock
        self._index: dict[str, dict[str, Indexed]] = {}

    @property
    def knobs(self) -> Knobs:
        """The knobs as they are now."""
        return self._knobs()

    def now(self) -> float:
        """Seconds since 1970 by the service's clock."""
        return self._clock() + self.knobs.ahead

    def kept(self, moment: float) -> float:
        """A time as exactly as the service keeps it."""
        unit = _UNITS[self.knobs.time_kept]
        return math.floor(round(moment * 1_000_000) * unit / 1_000_000) / unit

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a thing of this region."""
        return arn(self.name, self.account, kind, name)

    # -- finding

    def experiment(self, name: str) -> Experiment:
        """The experiment of that name. Raises ResourceNotFound."""
        return _found(self.experiments, "Experiment", name)

    def trial(self, name: str) -> Trial:
        """The trial of that name. Raises ResourceNotFound."""
        return _found(self.trials, "Trial", name)

    def component(self, name: str) -> Component:
        """The trial component of that name or ARN. Raises ResourceNotFound."""
        found = self.by_arn(name) if name.startswith("arn:") else self.components.get(name.lower())
        if not isinstance(found, Component):
            raise missing("Trial component", name)
        return found

    def by_arn(self, wanted: str) -> Entity | None:
        """What has this ARN."""
        kind, _, name = wanted.split(":", 5)[-1].partition("/")
        places: dict[str, Mapping[str, Entity]] = {
            "experiment": self.experiments,
            "experiment-trial": self.trials,
            "experiment-trial-component": self.components,
            "artifact": self.artifacts,
        }
        found = places.get(kind, {}).get(name.lower())
        return found if found is not None and found.arn == wanted.lower() else None

    # -- changing

    @contextmanager
    def changing(self, *entities: Entity, touch: bool = True) -> Iterator[None]:
        """Change them within the block. Search sees it `search_lag` later. `touch`: they count as modified."""
        lag = self.knobs.search_lag
        entries = [self._index[entity.resource][entity.arn] for entity in entities if entity.resource]
        for entry in entries:
            if lag > 0 and entry.live:
                entry.live, entry.shown = False, self._record(entry.entity)
        yield
        now = self.now()
        for entity in entities if touch else ():
            entity.modified = self.kept(now)
        for entry in entries:
            self._enter(entry, now + lag if lag > 0 else None)

    def add(self, place: dict[str, E], entity: E) -> E:
        """A new thing, known from now on, and to Search `search_lag` later."""
        place[entity.name.lower()] = entity
        lag = self.knobs.search_lag
        entry = self._index.setdefault(entity.resource, {}).setdefault(entity.arn, Indexed(entity, live=False))
        entry.entity = entity  # the index may not know yet that its namesake is gone
        self._enter(entry, self.now() + lag if lag > 0 else None)
        return entity

    def remove(self, place: dict[str, E], entity: E) -> None:
        """A thing is gone."""
        with self.changing(entity):
            entity.deleted = True
        place.pop(entity.name.lower(), None)

    # -- what Search sees

    def records(self, resource: str, *, metrics: bool) -> list[dict[str, Any]]:
        """All records of a kind as the index has them. `metrics`: with their summaries, which cost time."""
        now = self.now()
        found = []
        for entry in list(self._index.get(resource, {}).values()):
            while entry.pending and entry.pending[0][0] <= now:
                entry.shown = entry.pending.popleft()[1]
            if entry.live:
                entry.kept = entry.kept or entry.entity.record()
                component = metrics and isinstance(entry.entity, Component)
                found.append(self.with_metrics(entry.kept) if component else entry.kept)
            elif entry.shown is not None:
                found.append(entry.shown)
            elif entry.entity.deleted and not entry.pending:
                self._index[resource].pop(entry.entity.arn, None)
        return found

    def summaries(self, entity: Entity) -> list[dict[str, Any]]:
        """The metric summaries of a trial component, sorted by name."""
        seen_at = self.now() - self.knobs.metric_lag
        held = self.series.get(entity.arn, {})
        found = ((name, held[name].summary(seen_at, self.knobs)) for name in sorted(held))
        return [{"MetricName": name, "SourceArn": entity.arn} | summary for name, summary in found if summary]

    def with_metrics(self, record: dict[str, Any]) -> dict[str, Any]:
        """A record of a trial component with its metrics, if it has not got them."""
        entity = None if "Metrics" in record else self.components.get(record["TrialComponentName"].lower())
        summaries = [] if entity is None else self.summaries(entity)
        return record | {"Metrics": summaries} if summaries else record

    def _record(self, entity: Entity) -> dict[str, Any]:
        record = entity.record()
        return self.with_metrics(record) if isinstance(entity, Component) else record

    def _enter(self, entry: Indexed, due: float | None) -> None:
        """Let the index have the thing as it is now: at once, or when it is due."""
        entry.kept = None
        if due is not None:
            entry.pending.append((due, None if entry.entity.deleted else self._record(entry.entity)))
        elif entry.entity.deleted:
            self._index[entry.entity.resource].pop(entry.entity.arn, None)
        else:
            entry.live = True
            entry.pending.clear()


Operation: TypeAlias = Callable[[Region, dict[str, Any]], dict[str, Any]]


def _found(place: Mapping[str, E], kind: str, name: str) -> E:
    found = place.get(name.lower())
    if found is None:
        raise missing(kind, name)
    return found
