"""Journal: the folder of one writer of one run.

::

    HOME/20261125T155059-brisk-heron-417-3f9a1c/     0700
        records             the journal itself, append-only
        files/              files that wait for their places
        <place>.cursor      how far each place has got
        <place>.refused     what a place refused for good
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from tracklayer.errors import InvalidInput, JournalDamaged
from tracklayer.layers.journal.cursor import SUFFIX, Cursor, cursor_path, read_cursor
from tracklayer.layers.journal.frames import Frame, Kind, frame_at
from tracklayer.layers.journal.process import SILENCE, silence
from tracklayer.layers.journal.records import VERSION, Start

#: Where journals lie; `$TRACKLAYER_HOME` says otherwise.
HOME = Path(".tracklayer") / "journal"
VARIABLE = "TRACKLAYER_HOME"
RECORDS = "records"
#: The same until its first record is whole; and seconds after which nobody is writing that any more.
UNBORN, STILLBORN = ".records", 3600.0
#: Bytes of a journal that its first record is looked for in.
FIRST = 1 << 20
PRIVATE = 0o700
#: Seconds after which a silent writer on another machine will not come back.
LONG_SILENCE = 24 * 3600.0


def home() -> Path:
    """The folder that journals lie in."""
    place = Path(os.environ.get(VARIABLE) or HOME)
    try:
        return place.absolute()
    except OSError:  # the current folder is gone
        return place


def homes() -> Iterator[Path]:
    """Where a new journal may lie, the best place first: a folder that cannot be written to leaves the next one."""
    yield home()
    try:
        elsewhere = Path(tempfile.gettempdir())
    except OSError:  # no folder for temporary files can be written to
        return
    ours = elsewhere / f"tracklayer-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    if not ours.is_symlink() and (not ours.exists() or not hasattr(os, "getuid") or ours.stat().st_uid == os.getuid()):
        yield ours / "journal"  # where anybody may make folders, one that is somebody else's is not taken


def new_folder(within: Path, name: str) -> Path:
    """Make a folder for a journal that nobody else can read. `OSError`."""
    within.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    within.mkdir(mode=PRIVATE, exist_ok=True)
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:40].strip(".-") or "run"
    path = within / f"{moment}-{word}-{secrets.token_hex(3)}"
    path.mkdir(mode=PRIVATE)
    (path / "files").mkdir(mode=PRIVATE)
    return path


class Journal:
    """One journal, as anybody may find it."""

    def __init__(self, path: Path, start: Start | None = None, *, patience: float = SILENCE) -> None:
        self.path = path
        self.patience = patience
        if start is not None:  # known to who wrote it, or in no file at all
            self.start = start
        self.records = path / RECORDS
        self.files = path / "files"

    @cached_property
    def start(self) -> Start:
        """Its first record. `JournalDamaged` when it cannot be read, or was written by a newer tracklayer."""
        try:
            with self.records.open("rb") as file:
                data = memoryview(file.read(FIRST))
            first = frame_at(data, 0)
            if first == "cut" and len(data) == FIRST:
                data = memoryview(self.records.read_bytes())
                first = frame_at(data, 0)
        except OSError as error:
            message = f"{self.path}: cannot be read: {error.strerror}"
            raise JournalDamaged(message) from None
        if not isinstance(first, Frame) or first.kind != Kind.START:
            message = f"{self.path}: its first record is not whole: nothing of it can be told"
            raise JournalDamaged(message)
        try:
            return Start.model_validate_json(bytes(first.payload))
        except (ValidationError, InvalidInput):
            newer = re.match(rb'\{"version":(\d{1,9})\b', bytes(first.payload))
            if newer and int(newer[1]) > VERSION:
                message = f"{self.path}: written by a newer tracklayer, in format {int(newer[1])}: upgrade to read it"
            else:
                message = f"{self.path}: its first record is none of tracklayer's"
            raise JournalDamaged(message) from None

    @property
    def size(self) -> int:
        """Bytes of the journal; 0 when it is gone."""
        try:
            return self.records.stat().st_size
        except OSError:
            return 0

    @property
    def refused(self) -> bool:
        """Has a place refused a part of it?"""
        return any(self.path.glob("*.refused"))

    @property
    def silent(self) -> float:
        """Seconds since its writer was heard of."""
        try:
            return silence(self.records)
        except OSError:
            return float("inf")

    @property
    def alive(self) -> bool:
        """May more be written to it?"""
        return self.start.process.alive(lambda: self.silent, self.patience)

    @property
    def sure(self) -> bool:
        """Is it sure that a writer which is not alive is dead, and not only silent, as one that is suspended?"""
        return self.start.process.local or self.silent > LONG_SILENCE

    @property
    def heard(self) -> datetime:
        """When its writer was last heard of."""
        return datetime.fromtimestamp(self.records.stat().st_mtime, timezone.utc)

    def cursor(self, place: str) -> Cursor:
        """How far a place has got."""
        return read_cursor(cursor_path(self.path, place)) or Cursor(place=place)

    def cursors(self) -> list[Cursor]:
        """The cursors of all places: those that it was begun for, and those that came later."""
        found = {place: self.cursor(place) for place in self.start.places}
        for path in sorted(self.path.glob(f"*{SUFFIX}")):
            cursor = read_cursor(path)
            if cursor is not None:
                found[cursor.place] = cursor
        return list(found.values())

    def file(self, name: str) -> Path:
        """A file that waits. `JournalDamaged` for a name that leads elsewhere."""
        if not re.fullmatch(r"[A-Za-z0-9._-]+", name) or set(name) == {"."}:
            message = f"{self.path}: a record names a file {name!r}, which is none of its folder"
            raise JournalDamaged(message)
        return self.files / name

    def siblings(self) -> Iterator[Journal]:
        """The other journals of the same run beside this one."""
        return (other for other in self.beside(self.start.token) if other.path != self.path)

    def beside(self, token: str | None) -> Iterator[Journal]:
        """The journals of a run in the folder that this one lies in."""
        for other in journals(self.path.parent) if token is not None else ():
            try:
                if other.start.token == token:
                    yield other
            except JournalDamaged:  # noqa: PERF203 -- a file each
                continue

    def remove(self) -> None:
        """Delete it, the records first: who finds them finds how far each place has got, too. Twice is once."""
        with suppress(OSError):
            self.records.unlink()
        shutil.rmtree(self.path, ignore_errors=True)


def journals(folder: Path, *, patience: float = SILENCE) -> list[Journal]:
    """All journals in a folder, or the one that the folder itself is, the oldest first."""
    here = [folder / RECORDS] if (folder / RECORDS).is_file() else sorted(folder.glob(f"*/{RECORDS}"))
    return [Journal(path.parent, patience=patience) for path in here]


def sweep(folder: Path) -> None:
    """Delete what is left of writers that died before their first record was whole: nothing of theirs had returned."""
    for path in folder.glob(f"*/{UNBORN}"):
        with suppress(OSError):
            if silence(path) > STILLBORN:
                shutil.rmtree(path.parent, ignore_errors=True)
