"""Chunk: cut a batch, and ask for pages, to the provider's sizes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tracklayer.model import Batch, ParamValue, Points, Query, Run, RunRef
from tracklayer.spi import Cursor, Limits, Page, Wrapper

#: What an item takes in a request beside its key and value, at most: field names, quotes, three numbers.
ITEM_BYTES = 160
#: What a request takes beside its items.
ENVELOPE_BYTES = 1_000


class Chunk(Wrapper):
    """Sends one batch as several writes where it is larger than the provider takes in one."""

    def write(self, run: RunRef, batch: Batch, /) -> None:
        for piece in pieces(self.traits.limits, batch):
            self.inner.write(run, piece)

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        most = self.traits.limits.runs_per_page
        if most is not None and query.page_size > most.most:
            query = query.model_copy(update={"page_size": most.most})
        return self.inner.list_runs(query, after)


def pieces(limits: Limits, batch: Batch) -> Iterator[Batch]:
    """The batch in parts that fit one write each: tags, then params, then points; what ends a run comes last.

    * Tags go first: a page of residue is a tag, and must be there before what it explains.
    * A status that opens a run goes before everything, any other after everything.
    """
    run_itself = Batch(
        name=batch.name, description=batch.description, status=batch.status, ended=batch.ended, inputs=batch.inputs
    )
    opens = batch.status in {"running", "scheduled"}
    parts = [part.batch(overwrite=batch.overwrite) for part in _parts(limits, batch)]
    if not parts:
        yield run_itself
    elif len(parts) == 1 or run_itself == Batch():
        run_fields = {name: getattr(run_itself, name) for name in ("name", "description", "status", "ended", "inputs")}
        yield from parts[:-1]
        yield parts[-1].model_copy(update=run_fields)
    else:
        yield from (run_itself, *parts) if opens else (*parts, run_itself)


@dataclass
class _Part:
    """One write in the making."""

    limits: Limits
    params: dict[str, ParamValue] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[Points] = field(default_factory=list)
    n_points: int = 0
    n_bytes: int = ENVELOPE_BYTES

    def room(self, kind: str, each: int) -> int:
        """How many more items of a kind, of `each` bytes, go into this write."""
        limits = self.limits
        counts = {"params": len(self.params), "tags": len(self.tags), "points": self.n_points}
        bounds = {"params": limits.params_per_write, "tags": limits.tags_per_write, "points": limits.points_per_write}
        rooms = []
        if (bound := bounds[kind]) is not None:
            rooms.append(bound.most - counts[kind])
        if limits.items_per_write is not None:
            rooms.append(limits.items_per_write.most - sum(counts.values()))
        if limits.bytes_per_write is not None:
            rooms.append((limits.bytes_per_write.most - self.n_bytes) // each)
        return max(0, min(rooms)) if rooms else 2**62

    @property
    def empty(self) -> bool:
        return not (self.params or self.tags or self.n_points)

    def batch(self, *, overwrite: bool) -> Batch:
        return Batch(params=self.params, tags=self.tags, points=tuple(self.points), overwrite=overwrite)


def _parts(limits: Limits, batch: Batch) -> Iterator[_Part]:
    part = _Part(limits)
    for key, text in batch.tags.items():
        each = ITEM_BYTES + len(json.dumps([key, text]))
        if part.room("tags", each) < 1 and not part.empty:
            yield part
            part = _Part(limits)
        part.tags[key] = text
        part.n_bytes += each
    for key, value in batch.params.items():
        each = ITEM_BYTES + len(json.dumps([key, value]))
        if part.room("params", each) < 1 and not part.empty:
            yield part
            part = _Part(limits)
        part.params[key] = value
        part.n_bytes += each
    for points in batch.points:
        each = ITEM_BYTES + len(json.dumps(points.key))
        start = 0
        while start < len(points):
            room = part.room("points", each)
            if room < 1 and not part.empty:
                yield part
                part = _Part(limits)
                continue
            stop = min(len(points), start + max(1, room))
            part.points.append(points.cut(start, stop))
            part.n_points += stop - start
            part.n_bytes += each * (stop - start)
            start = stop
    if not part.empty:
        yield part
