"""How an experiment or a run is pointed at inside one place."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from tracklayer.model.base import Model

#: An id as the provider gave it: opaque, never empty.
Id = Annotated[str, StringConstraints(min_length=1, strict=True)]


class ExperimentRef(Model):
    """Points at an experiment by the provider's id."""

    id: Id


class RunRef(Model):
    """Points at a run by the provider's id."""

    id: Id


#: What a sidecar, a deletion or a restoration belongs to.
Owner = ExperimentRef | RunRef
