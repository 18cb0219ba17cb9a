"""Experiments: named sets of runs."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tracklayer.model.base import Model
from tracklayer.model.ids import ExperimentRef, Id
from tracklayer.model.values import Instant, Name, Text


class ExperimentDraft(Model):
    """What an experiment is made from."""

    name: Name
    tags: Mapping[Name, Text] = Field(default_factory=dict)
    description: Text | None = None


class Experiment(Model):
    """An experiment as a provider holds it. `approximate` says of a field why it is not exact; `beside`: see `Run`."""

    id: Id
    name: Name
    tags: Mapping[Name, Text] = Field(default_factory=dict)
    description: Text | None = None
    created: Instant | None = None
    deleted: bool = False
    approximate: Mapping[str, str] = Field(default_factory=dict)
    beside: Mapping[str, bytes] | None = Field(default=None, exclude=True, repr=False)

    @property
    def ref(self) -> ExperimentRef:
        """What points at this experiment."""
        return ExperimentRef(id=self.id)
