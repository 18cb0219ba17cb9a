"""What a run keeps of the models that it logged, read and put out, as JSON in tags of its own."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Measured(msgspec.Struct, omit_defaults=True):
    """A metric of a model: its key, the data set that it was measured on, and the run, where it is another one.

    * `points`: (time in milliseconds, step, value), the values that JSON has no number for as text.
    * `since`, `until`: (time, step): all points of the run from here on, up to there. Then none are listed.
    """

    key: str
    dataset: str | None = None
    digest: str | None = None
    run: str | None = None
    points: list[tuple[int, int, float | str]] = msgspec.field(default_factory=list)
    since: tuple[int, int] | None = None
    until: tuple[int, int] | None = None

    @property
    def about(self) -> tuple[str, str | None, str | None, str | None]:
        """What tells it from the other metrics of the model."""
        return self.key, self.dataset, self.digest, self.run


class ModelRecord(msgspec.Struct, omit_defaults=True):
    """A model that a run logged. `created`, `updated`: milliseconds since 1970 UTC.

    * `folder`: where its files lie among those of the run. * `status`: MLflow's, as text.
    * `alone`: no run logged it; the run that keeps it is there for it alone.
    * `metrics`: what was measured of it. The values are those of the runs.
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
    metrics: list[Measured] = msgspec.field(default_factory=list)


class Links(msgspec.Struct, omit_defaults=True):
    """`read`: ids of models that the run read. `made`: (id, step) of those that it put out."""

    read: list[str] = msgspec.field(default_factory=list)
    made: list[tuple[str, int]] = msgspec.field(default_factory=list)

    def renamed(self, name: Callable[[str], str]) -> Links:
        """The same, with other names for the models."""
        return Links([name(one) for one in self.read], [(name(one), step) for one, step in self.made])


def text_of(record: ModelRecord | Links) -> str:
    """As the text of a tag."""
    return msgspec.json.encode(record, order="sorted").decode()
