"""The record: what tracklayer keeps in a context's metadata, under one key that the official SDK leaves as it is.

Pure functions. Beside the SDK's own `_params`, `_metrics` and `_state`, the metadata of a run hold `_tl`, a `Record`,
and `_tl_token`, a digest by which a run is found. Numbers that a double does not hold stand as text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import msgspec

from tracklayer.model import MetricSummary, Points

#: The metadata of a context, as JSON has them.
Metadata: TypeAlias = dict[str, Any]

RECORD, TOKEN = "_tl", "_tl_token"
PARAMS, METRICS, STATE = "_params", "_metrics", "_state"
#: The shape of the record.
VERSION = 1
#: Sidecars of these kinds are kept here: at most so many, of so many bytes, while the metadata are smaller than `ROOM`.
KINDS, MOST_KEPT, MOST_BYTES, ROOM = ("v-", "p-"), 24, 1_500, 140_000
#: Kinds of sidecars by how their keys begin; `*` is any other.
HEADS = ("v-", "p-", "b-", "m-")
OTHER = "*"


class Record(msgspec.Struct, omit_defaults=True):
    """What is kept of one run, or of one experiment.

    * `token`: empty for what others made. * `experiment`: its context's id. * `root`: the folder of its files.
    * `name`: the true name. * `shown`: the display name that it was given with that name.
    * `started`, `ended`: RFC 3339. * `ended_as`: the `_state` that the end belongs to.
    * `blank`: the description is an empty text. * `tags`: users'. * `own`: the layers'.
    * `ints`: params that were integers. * `numbers`: params that stand as text and were the numbers these texts write.
    * `beside`: small sidecars, base64. * `away`: the kinds of sidecars that are in Cloud Storage.
    * `points`: metric -> `Series`, as text. * `board`: its TensorBoard run.
    """

    token: str = ""
    experiment: str = ""
    root: str = ""
    name: str | None = None
    shown: str = ""
    started: str | None = None
    ended: str | None = None
    ended_as: str = ""
    blank: bool = False
    tags: dict[str, str] = {}
    own: dict[str, str] = {}
    ints: list[str] = []
    numbers: dict[str, str] = {}
    beside: dict[str, str] = {}
    away: list[str] = []
    points: dict[str, str] = {}
    board: str = ""


def read(metadata: Mapping[str, Any]) -> Record:
    """The record in some metadata; an empty one where there is none, or somebody has damaged it."""
    try:
        return msgspec.convert(metadata.get(RECORD) or {}, Record)
    except msgspec.ValidationError:
        return Record()


def put(metadata: Metadata, record: Record) -> Metadata:
    """Metadata with this record."""
    return {**metadata, RECORD: {"v": VERSION, **msgspec.to_builtins(record)}}


def size(metadata: Mapping[str, Any]) -> int:
    """About the bytes that they take: as compact JSON."""
    return len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


# -- sidecars


def head(key: str) -> str:
    """The kind of a sidecar."""
    return next((kind for kind in HEADS if key.startswith(kind)), OTHER)


def holds(metadata: Mapping[str, Any], key: str, data: bytes) -> bool:
    """May this sidecar be kept in the metadata?"""
    kept = read(metadata).beside
    small = key.startswith(KINDS) and len(data) <= MOST_BYTES and (key in kept or len(kept) < MOST_KEPT)
    return small and size(metadata) + 2 * len(data) < ROOM


def encoded(data: bytes) -> str:
    """A sidecar as text."""
    return base64.b64encode(data).decode()


def beside(record: Record, prefix: str = "") -> dict[str, bytes]:
    """The sidecars that are kept here, of those whose key begins so."""
    found: dict[str, bytes] = {}
    for key, text in record.beside.items():
        if key.startswith(prefix):
            try:
                found[key] = base64.b64decode(text, validate=True)
            except binascii.Error:
                continue
    return found


def elsewhere(record: Record, prefix: str) -> bool:
    """May there be sidecars in Cloud Storage whose key begins so?"""
    return any(kind == OTHER or kind.startswith(prefix) or prefix.startswith(kind) for kind in record.away)


# -- series


@dataclass(frozen=True)
class Series:
    """A metric in short.

    * `step`, `time`, `last`: of the point at the highest step. * `count`: of points as they were given.
    * `mark`: a digest of the points that were written last: the same again are the same points.
    """

    step: int
    time: int
    last: float
    least: float | None
    greatest: float | None
    count: int | None
    mark: str

    @classmethod
    def of(cls, points: Points) -> Series:
        """Of some points, at least one, no two at one step."""
        step, time, last = max(points.rows(), key=lambda row: (row[0], row[1]))
        numbers = [value for value in points.values if not math.isnan(value)]
        return cls(step, time, last, min(numbers, default=None), max(numbers, default=None), len(points), mark(points))

    @classmethod
    def read(cls, text: str) -> Series | None:
        """From `text`; None for anything else."""
        parts = text.split(" ")
        try:
            step, time, last, least, greatest, count, mark_text = parts
            return cls(
                step=int(step),
                time=int(time),
                last=float(last),
                least=None if least == "-" else float(least),
                greatest=None if greatest == "-" else float(greatest),
                count=None if count == "-" else int(count),
                mark=mark_text,
            )
        except ValueError:
            return None

    def text(self) -> str:
        """As it is kept."""
        parts = (self.step, self.time, self.last, self.least, self.greatest, self.count, self.mark)
        return " ".join("-" if part is None else str(part) for part in parts)

    def joined(self, newer: Series) -> Series:
        """With other points; where a step is the same, theirs stand."""
        least = [one for one in (self.least, newer.least) if one is not None]
        greatest = [one for one in (self.greatest, newer.greatest) if one is not None]
        last = newer if newer.step >= self.step else self
        return replace(
            last,
            least=min(least, default=None),
            greatest=max(greatest, default=None),
            count=None if self.count is None or newer.count is None else self.count + newer.count,
            mark=newer.mark,
        )

    def summary(self) -> MetricSummary:
        """As the model has it."""
        return MetricSummary(
            last=self.last,
            last_step=self.step,
            last_time=self.time,
            min=self.least,
            max=self.greatest,
            count=self.count,
        )


def series(record: Record) -> dict[str, Series]:
    """The metrics of a run by name."""
    found = {key: Series.read(text) for key, text in record.points.items()}
    return {key: one for key, one in found.items() if one is not None}


def mark(points: Points) -> str:
    """A digest of some points."""
    digest = hashlib.sha256()
    for column in (points.steps, points.times, points.values):
        digest.update(column.tobytes())
    return digest.hexdigest()[:10]
