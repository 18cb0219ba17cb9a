"""Known: what this process knows of a run, in MLflow's terms.

What MLflow keeps in a system tag is a field of ours (name, user, parent, description, source), and comes back as the
tag. Three things that no place has are tags of our own, which MLflow's users never see:

* `mlflow.tracklayer.model.MARK`: a model that the run logged, as JSON.
* `mlflow.tracklayer.links`: the models that the run read, and that it put out, as JSON.
* `mlflow.tracklayer.deleted`: the run is deleted, in a place that could never bring it back.

None of them says which run it is on, so they are as true of its copy in another place.

A tag that was deleted holds `REMOVED`: no place can be asked to forget a tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import msgspec

from tracklayer.drivers.mlflow import wire
from tracklayer.layers.fitting.texts import spelt
from tracklayer.model import Dataset, MetricSummary, Run, RunDraft, RunRef, Status
from tracklayer.model.records import RECORD
from tracklayer.plugins.mlflow import ids
from tracklayer.plugins.mlflow.record import Links, ModelRecord, text_of

MODEL, LINKS, DELETED, KEEPER = (f"{RECORD}{name}" for name in ("model.", "links", "deleted", "keeper"))
REMOVED = "tracklayer: this tag was deleted"


@dataclass
class Known:
    """A run. Ids are MLflow's; times are milliseconds since 1970 UTC; `ref` is None while its place has not made it.

    * Whoever changes it holds its `lock`. * `models`: mark -> model.
    * `keeper`: it is there for the files of a model that no run logged, and is no run to MLflow's users.
    """

    run: str
    experiment: str
    ref: RunRef | None = None
    name: str | None = None
    status: Status = "running"
    started: int | None = None
    ended: int | None = None
    user: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, MetricSummary] = field(default_factory=dict)
    inputs: dict[Dataset, None] = field(default_factory=dict)
    models: dict[str, ModelRecord] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    deleted: bool = False
    keeper: bool = False
    token: str | None = None
    #: Metric -> what its last point was of: see `measuring.py`.
    measuring: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    def measured(self, key: str, last: MetricSummary) -> None:
        """A point was logged: the last one is that of the highest step, then time, then value."""
        before = self.metrics.get(key)
        if before is None or _place(last) >= _place(before):
            self.metrics[key] = last

    def tagged(self, tags: Mapping[str, str]) -> None:
        """Tags were written, those of our own among them."""
        for key, text in tags.items():
            if owned(key):
                self._owned(key, text)
            elif text == REMOVED:
                self.tags.pop(key, None)
            else:
                self.tags[key] = text

    def linked(self) -> dict[str, str]:
        """The tag that keeps the links."""
        return {LINKS: text_of(self.links.renamed(self._kept))}

    def _owned(self, key: str, text: str) -> None:
        if key.startswith(MODEL):
            self.models[key.removeprefix(MODEL)] = msgspec.json.decode(text, type=ModelRecord)
        elif key == LINKS:
            self.links = msgspec.json.decode(text, type=Links).renamed(self._told)
        elif key == DELETED:
            self.deleted = bool(text)
        elif key == KEEPER:
            self.keeper = True

    def _kept(self, model_id: str) -> str:
        """A model's id as it is kept: a model of this run by its mark alone."""
        found = ids.model(model_id)
        return model_id if found is None or found.run != self.run else found.mark

    def _told(self, kept: str) -> str:
        """The id of a model that is kept so."""
        return str(ids.ModelId(kept, self.run)) if ids.MARK.fullmatch(kept) else kept


def recorded(mark: str, record: ModelRecord) -> dict[str, str]:
    """The tag that keeps a model."""
    return {f"{MODEL}{mark}": text_of(record)}


def owned(key: str) -> bool:
    """Is it a tag of our own?"""
    return key.startswith(RECORD)


def known_of(run: Run) -> Known:
    """What a place says of a run."""
    known = Known(
        run=ids.RUN.spell(run.id),
        experiment=ids.EXPERIMENT.spell(run.experiment.id),
        ref=run.ref,
        name=run.name,
        status=run.status,
        started=None if run.started is None else wire.millis(run.started),
        ended=None if run.ended is None else wire.millis(run.ended),
        user=run.user,
        params={key: spelt(value) for key, value in run.params.items()},
        metrics=dict(run.metrics),
        inputs=dict.fromkeys(run.inputs),
        deleted=run.deleted,
        token=run.token,
    )
    known.tagged({**_fields(run), **run.tags})
    return known


def as_seen(run: Run) -> Run:
    """The run with all tags that MLflow's users see, to be searched and ordered by them."""
    known = known_of(run)
    return run.model_copy(update={"tags": known.tags})


def drafted(tags: Mapping[str, str], token: str) -> RunDraft:
    """What a run is made from, by the tags that MLflow gives it. The parent is left to whoever knows it."""
    rest = {key: text for key, text in tags.items() if key != wire.NAME}
    return RunDraft(
        token=token,
        name=tags.get(wire.NAME) or None,
        user=rest.pop(wire.USER, None) or None,
        description=rest.pop(wire.NOTE, None),
        source=wire.source(rest),
        tags=rest,
    )


def _fields(run: Run) -> dict[str, str]:
    """The tags that stand for fields of ours."""
    parent = None if run.parent is None else ids.RUN.spell(run.parent.id)
    fields = {wire.NAME: run.name, wire.USER: run.user, wire.PARENT: parent, wire.NOTE: run.description}
    if run.source is not None:
        fields |= {tag: getattr(run.source, name) for name, tag in wire.SOURCE.items()}
        fields[wire.DIRTY] = None if run.source.dirty is None else str(run.source.dirty).lower()
    return {key: text for key, text in fields.items() if text is not None}


def _place(summary: MetricSummary) -> tuple[int, int, float]:
    nothing = float("-inf") if summary.last != summary.last else summary.last
    return summary.last_step, summary.last_time, nothing
