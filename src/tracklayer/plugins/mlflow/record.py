"""What a run keeps of the models that it logged, read and put out, as JSON in tags of its own."""

from __future__ import annotations

import msgspec


class ModelRecord(msgspec.Struct, omit_defaults=True):
    """A model that a run logged. `created`, `updated`: milliseconds since 1970 UTC.

    * `folder`: where its files lie among those of the run. * `status`: MLflow's, as text.
    * `alone`: no run logged it; the run that keeps it is there for it alone.
    * `metrics`: (metric, name of the data set, its digest): what of the run was measured of this model. Values are the
      run's own.
    """

    name: str
    folder: str
    status: str
    created: int
    updated: int
    kind: str | None = None
    alone: bool = False
    deleted: bool = False
    params: dict[str, str] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    metrics: list[tuple[str, str | None, str | None]] = msgspec.field(default_factory=list)


class Links(msgspec.Struct, omit_defaults=True):
    """`read`: ids of models that the run read. `made`: (id, step) of those that it put out."""

    read: list[str] = msgspec.field(default_factory=list)
    made: list[tuple[str, int]] = msgspec.field(default_factory=list)


def text_of(record: ModelRecord | Links) -> str:
    """As the text of a tag."""
    return msgspec.json.encode(record, order="sorted").decode()
