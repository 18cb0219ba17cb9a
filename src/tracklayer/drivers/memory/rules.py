"""The strict checker: refuses whatever is not legal for some traits, so that the fake proves what the layers made.

A real provider answers illegal input in its own way, or takes it and loses something. The fake says `Rejected` with the
exact reason, for any traits: what passes here needs no luck there.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from tracklayer.drivers.memory.clock import nanoseconds
from tracklayer.drivers.memory.store import Rank, rank
from tracklayer.errors import Rejected
from tracklayer.model import Batch, Dataset, ExperimentDraft, ParamValue, Points, RunDraft
from tracklayer.spi import Bound, Feature, Naming, Traits


@dataclass(frozen=True)
class Rules:
    """What is legal for `traits`, in one call (`operation`). Every method passes in silence or raises `Rejected`."""

    traits: Traits
    operation: str

    def experiment(self, draft: ExperimentDraft) -> None:
        """A draft of an experiment."""
        self._name("experiment", self.traits.names.experiment, draft.name)
        for key, value in draft.tags.items():
            self._name("experiment tag", self.traits.names.experiment_tag, key)
            self._text(f"experiment tag {key!r}", value, self.traits.limits.experiment_tag_value)
        self._count("tags on one experiment", len(draft.tags), self.traits.limits.tags_per_experiment)
        self._description(draft.description, self.traits.limits.experiment_description)

    def run(self, draft: RunDraft) -> None:
        """A draft of a run."""
        if draft.name is not None:
            self._name("run", self.traits.names.run, draft.name)
        self._needs(Feature.BACKDATING, started=draft.started)
        self._needs(Feature.NESTED_RUNS, parent=draft.parent)
        provenance = {"user": draft.user, "source": draft.source}
        self._needs(
            Feature.PROVENANCE,
            **{field: value for field, value in provenance.items() if field not in self.traits.shown},
        )
        self._moment("started", draft.started)
        self._description(draft.description)
        self._tags(draft.tags)
        self.room(params={}, tags=draft.tags)

    def batch(self, batch: Batch) -> None:
        """A batch by itself, whatever the run holds already."""
        if batch.name is not None:
            self._name("run", self.traits.names.run, batch.name)
        self._needs(Feature.BACKDATING, ended=batch.ended)
        self._needs(Feature.DATASETS, inputs=None if "inputs" in self.traits.shown else batch.inputs or None)
        self._needs(Feature.PARAM_OVERWRITE, overwrite=batch.overwrite or None)
        self._moment("ended", batch.ended)
        for dataset in batch.inputs if self.traits.native(Feature.DATASETS) else ():
            self._dataset(dataset)
        self._description(batch.description)
        self._params(batch.params)
        self._tags(batch.tags)
        self._points(batch.points)
        self._sizes(batch)

    def room(self, params: Mapping[str, ParamValue], tags: Mapping[str, str]) -> None:
        """All the params and tags that a run would hold."""
        self._count("params on one run", len(params), self.traits.limits.params_per_run)
        apart = self.traits.limits.own_value is not None
        users = [tag for tag in tags if not apart or self.traits.names.tag.read_own(tag) is None]
        self._count("tags on one run", len(users), self.traits.limits.tags_per_run)
        slots = [*params.items(), *((tag, tags[tag]) for tag in tags if self.traits.names.tag.read_own(tag) is None)]
        size = sum(self.traits.limits.slot_bytes(key, value) for key, value in slots)
        self._count("bytes of params and tags on one run", size, self.traits.limits.bytes_per_run)

    def artifact(self, path: str) -> None:
        """The path of a file."""
        self._name("artifact", self.traits.names.artifact, path)

    # -- parts

    def _params(self, params: Mapping[str, ParamValue]) -> None:
        for key, value in params.items():
            self._name("param", self.traits.names.param, key)
            if self.traits.doubles and isinstance(value, float):
                continue
            if not isinstance(value, str):
                self._needs(Feature.TYPED_PARAMS, **{f"param {key!r} as {type(value).__name__}": value})
            self._text(f"param {key!r}", str(value), self.traits.limits.param_value)

    def _tags(self, tags: Mapping[str, str]) -> None:
        for key, value in tags.items():
            self._name("tag", self.traits.names.tag, key)
            own = self.traits.limits.own_value if self.traits.names.tag.read_own(key) is not None else None
            self._text(f"tag {key!r}", value, own or self.traits.limits.tag_value)

    def _points(self, parts: Collection[Points]) -> None:
        for points in parts:
            self._name("metric", self.traits.names.metric, points.key)
            self._values(points)
            self._times(points)
        if not self.traits.native(Feature.METRIC_SAME_STEP):
            self._one_a_step(parts)

    def _values(self, points: Points) -> None:
        where = f"metric {points.key!r}"
        if any(map(math.isnan, points.values)):
            self._needs(Feature.METRIC_NAN, **{where: math.nan})
        if any(map(math.isinf, points.values)):
            self._needs(Feature.METRIC_INFINITY, **{where: math.inf})
        if len(points) and min(points.steps) < 0:
            self._needs(Feature.METRIC_NEGATIVE_STEP, **{where: min(points.steps)})

    def _times(self, points: Points) -> None:
        """Times that the provider does not keep may be anything."""
        if not self.traits.native(Feature.METRIC_TIME):
            return
        unit, earliest = self.traits.limits.point_time_unit, self.traits.limits.point_time_earliest
        for time in points.times:
            if time % unit:
                self._refuse(f"metric {points.key!r}: time {time} ns is no multiple of {unit} ns")
            if earliest is not None and time < earliest:
                self._refuse(f"metric {points.key!r}: time {time} ns is before {earliest} ns")

    def _one_a_step(self, parts: Collection[Points]) -> None:
        timed = self.traits.native(Feature.METRIC_TIME)
        seen: dict[tuple[str, int], Rank] = {}
        for points in parts:
            for step, time, value in points.rows():
                point = rank((step, time if timed else 0, value))
                if seen.setdefault((points.key, step), point) != point:
                    self._refuse(f"metric {points.key!r} has two points at step {step}, but that is not native")

    def _sizes(self, batch: Batch) -> None:
        limits = self.traits.limits
        params, tags, points = len(batch.params), len(batch.tags), sum(map(len, batch.points))
        self._count("params in one write", params, limits.params_per_write)
        self._count("tags in one write", tags, limits.tags_per_write)
        self._count("points in one write", points, limits.points_per_write)
        self._count("items in one write", params + tags + points, limits.items_per_write)
        # How a provider puts a batch into bytes is its own: this is the least that any text encoding takes.
        texts = [*batch.params, *map(str, batch.params.values()), *batch.tags, *batch.tags.values()]
        self._count(
            "bytes in one write", sum(len(text.encode()) for text in texts) + 3 * points, limits.bytes_per_write
        )

    def _dataset(self, dataset: Dataset) -> None:
        limits = self.traits.limits
        self._text("a dataset's name", dataset.name, limits.dataset_name)
        self._text("a dataset's digest", dataset.digest, limits.dataset_digest)
        for what, text, bound in (
            ("source", dataset.source, limits.dataset_source),
            ("columns", dataset.columns, limits.dataset_columns),
        ):
            if text:
                self._text(f"a dataset's {what}", text, bound)

    def _description(self, text: str | None, bound: Bound | None = None) -> None:
        """`bound`: of those that have one where others have none."""
        if bound is None:
            self._needs(Feature.DESCRIPTION, description=text)
        if text:
            self._text("description", text, bound or self.traits.limits.description)

    def _moment(self, what: str, moment: datetime | None) -> None:
        unit = self.traits.limits.run_time_unit
        if moment is not None and nanoseconds(moment) % unit:
            self._refuse(f"{what} {moment.isoformat()} is no multiple of {unit} ns")

    # -- reasons

    def _name(self, kind: str, naming: Naming, name: str) -> None:
        if not naming.legal(name):
            self._refuse(
                f"{kind} name {name!r} is not legal: pattern {naming.pattern}, longest {_most(naming.longest)}"
            )
        if naming.folds_case and name != name.lower():
            self._refuse(f"{kind} name {name!r} has capitals, which the provider takes for small letters")

    def _text(self, what: str, text: str, bound: Bound | None) -> None:
        if not text:
            self._needs(Feature.EMPTY_VALUES, **{f"the value of {what}": text})
        if bound is not None and not bound.holds(text):
            legal = f"at most {bound.most}" + (f", of the pattern {bound.pattern}," if bound.pattern else "")
            self._refuse(f"{what} takes {bound.size(text)} {bound.unit}, and {legal} are legal")

    def _count(self, what: str, count: int, bound: Bound | None) -> None:
        if bound is not None and count > bound.most:
            self._refuse(f"{count} {what}, and at most {bound.most} are legal")

    def _needs(self, feature: Feature, **given: object) -> None:
        """Whatever is given (not None) is legal only where the feature is native."""
        if self.traits.native(feature):
            return
        for what, value in given.items():
            if value is not None:
                self._refuse(f"{what} is given, but {feature.value!r} is not native")

    def _refuse(self, reason: str) -> NoReturn:
        raise Rejected(reason, provider=self.traits.provider, operation=self.operation)


def _most(bound: Bound | None) -> str:
    return "any" if bound is None else f"{bound.most} {bound.unit}"
