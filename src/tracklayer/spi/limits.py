"""A provider's numbers, each with its source."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from tracklayer.model.base import Model
from tracklayer.model.values import ParamValue

Unit: TypeAlias = Literal["characters", "bytes", "items"]


class Bound(Model):
    """At most `most` of `unit`, and where that number stands. Text in bytes is counted as UTF-8.

    * `pattern`: a regular expression that a text must match whole, where the provider has one.
    """

    most: Annotated[int, Field(ge=1)]
    source: str
    unit: Unit = "items"
    pattern: str | None = None

    def size(self, text: str) -> int:
        """How much of this bound a text takes."""
        return len(text.encode()) if self.unit == "bytes" else len(text)

    def holds(self, text: str) -> bool:
        """Would the provider take the text?"""
        return self.size(text) <= self.most and (self.pattern is None or re.fullmatch(self.pattern, text) is not None)


#: Bytes that a param or a tag takes beside its key and its text: quotes, a type, a length.
SLOT = 32


class Limits(Model):
    """None means: no limit is known.

    * `own_value`: where a run keeps tracklayer's own tags apart from users', so that they take no room among them: the
      text of one of those; None where they are tags like any other.
    * `bytes_per_run`: the params and users' tags of one run together, each as `slot_bytes` counts it.
    * `experiment_description`: where experiments have a description and runs have none.

    A bound on the text of a value is at least 64, and a run or an experiment holds at least 16 tags: a pointer and our
    own tags fit.
    """

    # the text of one value
    param_value: Bound | None = None
    tag_value: Bound | None = None
    experiment_tag_value: Bound | None = None
    own_value: Bound | None = None
    description: Bound | None = None
    experiment_description: Bound | None = None
    dataset_name: Bound | None = None
    dataset_digest: Bound | None = None
    dataset_source: Bound | None = None
    dataset_columns: Bound | None = None
    # how many an experiment holds
    tags_per_experiment: Bound | None = None
    # how many a run holds
    params_per_run: Bound | None = None
    tags_per_run: Bound | None = None
    bytes_per_run: Bound | None = None
    # how much one write carries
    params_per_write: Bound | None = None
    tags_per_write: Bound | None = None
    points_per_write: Bound | None = None
    items_per_write: Bound | None = None  # params + tags + points together
    bytes_per_write: Bound | None = None
    # how much one answer carries
    experiments_per_page: Bound | None = None
    runs_per_page: Bound | None = None
    points_per_page: Bound | None = None
    # time: what the provider's clock is made of, in nanoseconds, and the earliest it holds
    point_time_unit: int = 1
    point_time_earliest: int | None = None
    run_time_unit: int = 1_000

    @staticmethod
    def slot_bytes(key: str, value: ParamValue) -> int:
        """What a param or a tag takes of `bytes_per_run`: its key and its text as UTF-8, a number's at least 24."""
        text = len(str(value).encode())
        return SLOT + len(key.encode()) + (text if isinstance(value, str) else max(24, text))
