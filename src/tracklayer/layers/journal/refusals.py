"""Refusals: what a place will not take, set aside so that it keeps nothing else from landing.

A batch that is refused for what is in it is cut in halves until what is wrong stands alone. That goes into a file
beside the cursor, a JSON line each, and is tried again by `tracklayer sync`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError

from tracklayer.errors import Conflict, InvalidInput, QuotaExceeded, Rejected, TracklayerError, Unsupported
from tracklayer.layers.journal.cursor import cursor_path
from tracklayer.layers.journal.records import Spooled
from tracklayer.model import Batch

SUFFIX = ".refused"
#: What is set aside, and why.
Piece: TypeAlias = Batch | Spooled
Refused: TypeAlias = tuple[Piece, TracklayerError]
#: Errors that say that something in the batch is wrong, and not where it goes.
REFUSED = (Conflict, Rejected, InvalidInput, QuotaExceeded, Unsupported)
#: Pieces of one batch that are set aside one by one; what is refused beyond is set aside as it is.
PIECES = 64


def halves(batch: Batch) -> tuple[Batch, Batch] | None:
    """A batch in two, which together are the batch; None for what cannot be cut."""
    kinds = [
        Batch(params=batch.params, overwrite=batch.overwrite),
        Batch(tags=batch.tags),
        Batch(points=batch.points),
        Batch(inputs=batch.inputs),
        Batch(name=batch.name),
        Batch(description=batch.description),
        Batch(status=batch.status, ended=batch.ended),
    ]
    whole = [part for part in kinds if part.model_copy(update={"overwrite": False}) != Batch()]
    if len(whole) > 1:
        return whole[0], _joined(whole[1:])
    for name in ("params", "tags"):
        items = list(getattr(batch, name).items())
        if len(items) > 1:
            middle = len(items) // 2
            first, second = ({name: dict(part)} for part in (items[:middle], items[middle:]))
            return batch.model_copy(update=first), batch.model_copy(update=second)
    for name in ("inputs", "points"):
        many = getattr(batch, name)
        if len(many) > 1:
            middle = len(many) // 2
            return batch.model_copy(update={name: many[:middle]}), batch.model_copy(update={name: many[middle:]})
    if batch.points and len(batch.points[0]) > 1:
        (series,) = batch.points
        middle = len(series) // 2
        first_points, second_points = series.cut(0, middle), series.cut(middle, len(series))
        return Batch(points=(first_points,)), Batch(points=(second_points,))
    return None


def _joined(parts: list[Batch]) -> Batch:
    fields: dict[str, Any] = {}
    for part in parts:
        fields |= {name: value for name, value in dict(part).items() if value != getattr(Batch(), name)}
    return Batch(**fields)


def written(write: Callable[[Batch], None], batch: Batch) -> list[Refused]:
    """Write all of a batch that is taken; gives what is not, in small pieces with reasons. Other errors travel on."""
    refused: list[Refused] = []
    waiting = [batch]
    while waiting:
        part = waiting.pop()
        try:
            write(part)
        except REFUSED as error:
            cut = halves(part) if len(refused) < PIECES else None
            if cut is None:
                refused.append((part, error))
            else:
                waiting += reversed(cut)
    return refused


class Refusals:
    """What one place refused of one journal. Survives the process."""

    def __init__(self, folder: Path, place: str) -> None:
        self.path = cursor_path(folder, place).with_suffix(SUFFIX)

    def add(self, refused: list[Refused]) -> None:
        """Set aside. `OSError`."""
        _append(self.path, refused)

    def all(self) -> list[tuple[Piece, str]]:
        """What is set aside, with the reasons."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        return [found for line in lines if (found := _decoded(line)) is not None]

    @property
    def size(self) -> int:
        """Bytes of it."""
        return self.path.stat().st_size if self.path.exists() else 0

    def replace(self, refused: list[Refused], upto: int) -> None:
        """Forget all of the first `upto` bytes but these; another process may have added some. `OSError`."""
        late = self.path.read_bytes()[upto:] if self.size > upto else b""
        if not refused and not late:
            self.path.unlink(missing_ok=True)
            return
        part = self.path.with_suffix(".part")
        part.unlink(missing_ok=True)
        _append(part, refused)
        with part.open("ab") as file:
            file.write(late)
        part.replace(self.path)

    def __len__(self) -> int:
        return len(self.all())


def _append(path: Path, refused: list[Refused]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write("\n" + "".join(map(_encoded, refused)))  # a line before may be torn


def _encoded(refused: Refused) -> str:
    piece, why = refused
    kind = "batch" if isinstance(piece, Batch) else "file"
    return json.dumps({"why": str(why), kind: json.loads(piece.model_dump_json(exclude_defaults=True))}) + "\n"


def _decoded(line: str) -> tuple[Piece, str] | None:
    """A line as it was set aside; None for one that is torn."""
    try:
        given = json.loads(line)
        kind: type[Batch | Spooled] = Batch if "batch" in given else Spooled
        return kind.model_validate_json(json.dumps(given.get("batch") or given["file"])), str(given["why"])
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError, InvalidInput):
        return None
