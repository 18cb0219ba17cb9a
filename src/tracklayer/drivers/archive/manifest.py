"""The manifest: JSON lines, each with the SHA-256 of its own text and of the line before.

The first line says what the archive is; each other one says which files of tables came, and which went. A line ends in
`,"sha256":"..."}`: the digest of the line as it is without that member.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from tracklayer.drivers.archive.errors import Damaged
from tracklayer.drivers.archive.layout import MANIFEST, legal
from tracklayer.drivers.local.schema import NewerStore
from tracklayer.errors import InvalidInput
from tracklayer.model import Model

#: The version of the format: docs/archive.md. A reader of one version refuses a later one.
VERSION = 1
KIND = "tracklayer archive"
_HEAD, _TAIL = ',"sha256":"', '"}'
#: Bytes that are read at once, from the end backwards.
BLOCK = 65_536
#: Characters of the member `sha256` with all that surrounds it.
_SEAL = len(_HEAD) + 64 + len(_TAIL)


class DamagedManifest(Damaged):
    """A line of the manifest is not what was written. `line`: its number, from 1; 0 for the file as a whole."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        self.why = why
        super().__init__(f"{MANIFEST}: line {line}: {why}" if line else f"{MANIFEST}: {why}")


class Added(Model):
    """A file that came: `path` relative to the archive, its SHA-256, its size in bytes, its rows."""

    path: str
    sha256: str
    bytes: int
    rows: int = 0


class Entry(Model):
    """One line. `previous`: the `sha256` of the line before, None in the first; `sha256`: of this line."""

    sequence: int
    time: str
    writer: str
    archive: str | None = None
    version: int | None = None
    add: tuple[Added, ...] = ()
    remove: tuple[str, ...] = ()
    previous: str | None = None
    sha256: str


def line_of(fields: Mapping[str, Any]) -> str:
    """The line of an entry without its digest, which is put behind it; and no line's end."""
    body = json.dumps(fields, separators=(",", ":"))
    return f"{body[:-1]}{_HEAD}{hashlib.sha256(body.encode()).hexdigest()}{_TAIL}"


def digest_of(line: str) -> str:
    """What a line says its digest is, whether or not it is."""
    return line[-64 - len(_TAIL) : -len(_TAIL)]


def fields_of(line: str) -> dict[str, Any]:
    """The members of a line that is known to be whole."""
    fields: dict[str, Any] = json.loads(line)
    return fields


def entry_of(line: str, number: int, previous: str | None) -> Entry:
    """The entry of a line, which must follow the line whose digest is `previous`. `DamagedManifest`, `NewerStore`."""
    body = line[:-_SEAL] + "}"
    if not line.endswith(_TAIL) or hashlib.sha256(body.encode()).hexdigest() != digest_of(line):
        raise DamagedManifest(number, "it was altered: its text does not have the digest it says")
    try:
        fields = json.loads(line)
        if number == 1:
            _known(fields)
        entry = Entry(**fields)
    except (ValueError, TypeError, InvalidInput) as error:
        raise DamagedManifest(number, f"it is no entry of a manifest: {error}") from error
    if entry.previous != previous or entry.sequence != number - 1:
        raise DamagedManifest(number, "it does not follow the line before: a line is missing, or was moved")
    for path in (*(added.path for added in entry.add), *entry.remove):
        if not legal(path):
            raise DamagedManifest(number, f"it names a file that is none of an archive: {path[:80]!r}")
    return entry


def entries(path: Path) -> Iterator[Entry]:
    """All entries, each checked. What a killed writer left of a line at the end was never said, and is left out."""
    previous: str | None = None
    with path.open(encoding="utf-8", newline="\n", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith("\n"):
                return
            entry = entry_of(line[:-1], number, previous)
            previous = entry.sha256
            yield entry


def live(chain: Iterable[Entry]) -> dict[str, Added]:
    """The files that the archive consists of, by path: all that came, without what went."""
    found: dict[str, Added] = {}
    for entry in chain:
        for path in entry.remove:
            found.pop(path, None)
        found.update((added.path, added) for added in entry.add)
    return found


def head(path: Path) -> str | None:
    """The digest of the last whole line, unchecked and quickly found; None without a manifest, or with an empty one.

    `NewerStore` for an archive of a later version.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        first = file.readline()
        if not first.endswith(b"\n"):
            return None
        try:
            _known(json.loads(first))
        except ValueError as error:
            raise DamagedManifest(1, "it is no entry of a manifest") from error
        return digest_of(_last_line(file, _whole(file)).decode(errors="replace"))


def digests(path: Path) -> set[str]:
    """The digests of all lines, as they say them."""
    return set(map(digest_of, path.read_text(encoding="utf-8", errors="replace").splitlines()))


def append(path: Path, lines: Sequence[str]) -> None:
    """Put lines behind the others, those that are there already left out, and see them on the disk.

    Only who holds the lock may. `DamagedManifest` when they do not follow what is there.
    """
    path.touch(exist_ok=True)
    with path.open("r+b") as file:
        end = _whole(file)
        file.truncate(end)
        last = digest_of(_last_line(file, end).decode(errors="replace")) if end else None
        file.seek(end)
        for line in lines:
            if fields_of(line)["previous"] == last:
                file.write(f"{line}\n".encode())
                last = digest_of(line)
        file.flush()
        os.fsync(file.fileno())
    if last != digest_of(lines[-1]):
        raise DamagedManifest(0, "it was altered: what is to be written next does not follow its last line")


def _known(fields: Any) -> None:
    if not isinstance(fields, dict) or fields.get("archive") != KIND or not isinstance(fields.get("version"), int):
        raise DamagedManifest(1, f"it does not say {KIND!r} and a version")
    if fields["version"] > VERSION:
        message = f"the archive is of version {fields['version']}, and this tracklayer knows versions up to {VERSION}"
        raise NewerStore(message)


def _whole(file: BinaryIO) -> int:
    """How many bytes are whole lines."""
    at = file.seek(0, os.SEEK_END)
    while at > 0:
        start = max(0, at - BLOCK)
        file.seek(start)
        found = file.read(at - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return 0


def _last_line(file: BinaryIO, end: int) -> bytes:
    """The last line of the first `end` bytes, which are whole lines; without its end."""
    held, at = b"", end
    while at > 0 and held[:-1].rfind(b"\n") < 0:
        start = max(0, at - BLOCK)
        file.seek(start)
        held = file.read(at - start) + held
        at = start
    return held[:-1].rpartition(b"\n")[2]
