"""A batch: what is written to one run in one go."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tracklayer.model.base import Model
from tracklayer.model.points import Points
from tracklayer.model.run import Dataset, Status
from tracklayer.model.values import Instant, Name, ParamValue, Text


class Batch(Model):
    """Params, tags, points, inputs and changes of the run itself. Writing a batch twice is writing it once.

    * `params`: a param set before may be set again to the same value; another value is a `Conflict` unless `overwrite`.
    * `tags`: the last value stands.
    * `name`, `description`, `status`, `ended`: None leaves what is there.
    """

    params: Mapping[Name, ParamValue] = Field(default_factory=dict)
    tags: Mapping[Name, Text] = Field(default_factory=dict)
    points: tuple[Points, ...] = ()
    inputs: tuple[Dataset, ...] = ()
    name: Name | None = None
    description: Text | None = None
    status: Status | None = None
    ended: Instant | None = None
    overwrite: bool = False
