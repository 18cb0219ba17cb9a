"""What arrived at the target's stand-in while one call went through the layers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tracklayer.model import Batch, Dataset, ExperimentDraft, ParamValue, RunDraft
from tracklayer.spi import Traits


@dataclass
class Arrived:
    """Legal values, by their spelt names; of points how many.

    * `blocks`: metric -> points that ride beside the run. * `sidecars`: those that were not there before.
    * `files`: spelt path -> bytes, None where they are not known.
    """

    experiment: ExperimentDraft | None = None
    draft: RunDraft | None = None
    params: dict[str, ParamValue] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: Counter[str] = field(default_factory=Counter)
    blocks: Counter[str] = field(default_factory=Counter)
    inputs: list[Dataset] = field(default_factory=list)
    fields: dict[str, object] = field(default_factory=dict)
    files: dict[str, int | None] = field(default_factory=dict)
    sidecars: int = 0
    bytes_beside: int = 0
    own_tags: int = 0

    def take(self, batch: Batch, traits: Traits) -> None:
        """A write: one of several that a batch may be cut into."""
        self.params |= batch.params
        self.tags |= batch.tags
        self.own_tags += sum(traits.names.tag.read_own(key) is not None for key in batch.tags)
        for points in batch.points:
            self.points[points.key] += len(points)
        self.inputs += batch.inputs
        given = {name: getattr(batch, name) for name in ("name", "description", "status", "ended")}
        self.fields |= {name: value for name, value in given.items() if value is not None}
