"""Runs: one training each, with what went in and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import Field

from tracklayer.model.base import Model
from tracklayer.model.ids import ExperimentRef, Id, RunRef
from tracklayer.model.summary import MetricSummary
from tracklayer.model.values import Instant, Name, ParamValue, Text

Status: TypeAlias = Literal["running", "finished", "failed", "killed", "scheduled"]
#: The statuses a run does not leave by itself.
ENDED: frozenset[Status] = frozenset({"finished", "failed", "killed"})


class Source(Model):
    """The code a run was made by. `remote` never holds credentials."""

    commit: Text | None = None
    branch: Text | None = None
    dirty: bool | None = None
    remote: Text | None = None
    command: Text | None = None


class Dataset(Model):
    """A data set a run read. `digest` identifies its content; `context` its use (`train`, `eval`)."""

    name: Name
    digest: Name
    kind: Text = "local"
    source: Text = ""
    columns: Text | None = None
    profile: Text | None = None
    context: Text | None = None


class Origin(Model):
    """Where a migrated run came from."""

    url: Text
    experiment: Text
    run: Text


class RunDraft(Model):
    """What a run is made from. The same `token` gives the same run, however often it is asked for.

    * `fresh`: whoever asks has just seen that the place holds no run of this token: a driver that would have to look
      for one need not.
    """

    token: Name
    name: Name | None = None
    status: Status = "running"
    started: Instant | None = None
    parent: RunRef | None = None
    tags: Mapping[Name, Text] = Field(default_factory=dict)
    description: Text | None = None
    user: Text | None = None
    source: Source | None = None
    origin: Origin | None = None
    fresh: bool = False


class Run(Model):
    """A run as a provider holds it.

    * `approximate` says of a field (`started`, `metrics.loss`) why it is not exact.
    * `beside`: the driver's word to the layers, which take it away: the sidecars of values and pages, all of them, that
      came along with the record. None: they must be asked for.
    """

    id: Id
    experiment: ExperimentRef
    name: Name | None = None
    status: Status
    started: Instant | None = None
    ended: Instant | None = None
    parent: RunRef | None = None
    params: Mapping[Name, ParamValue] = Field(default_factory=dict)
    tags: Mapping[Name, Text] = Field(default_factory=dict)
    metrics: Mapping[Name, MetricSummary] = Field(default_factory=dict)
    inputs: tuple[Dataset, ...] = ()
    description: Text | None = None
    user: Text | None = None
    source: Source | None = None
    origin: Origin | None = None
    token: str | None = None
    deleted: bool = False
    approximate: Mapping[str, str] = Field(default_factory=dict)
    beside: Mapping[str, bytes] | None = Field(default=None, exclude=True, repr=False)

    @property
    def ref(self) -> RunRef:
        """What points at this run."""
        return RunRef(id=self.id)
