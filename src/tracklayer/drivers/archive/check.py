"""Check: is every byte of an archive as it was written? Reads all of it, and writes nothing into it.

* The manifest: each line has the digest it says, and follows the one before.
* The tables: each file that the manifest names has its SHA-256.
* The contents of files: each that the table `artifacts` names has the SHA-256 it is named by.
* Nothing else lies there. The index in `.working` is no part of the archive, but what it says is compared with the
  tables, for tracklayer reads it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from tracklayer.drivers.archive import manifest
from tracklayer.drivers.archive.difference import differing
from tracklayer.drivers.archive.errors import Damaged, calling
from tracklayer.drivers.archive.layout import DIGEST, FILES, MANIFEST, WORKING, Layout, content_path, legal
from tracklayer.drivers.archive.lock import locked
from tracklayer.drivers.archive.manifest import Added, DamagedManifest, Entry
from tracklayer.drivers.archive.rebuild import rebuild, rows_of
from tracklayer.drivers.archive.schema import unsealed
from tracklayer.drivers.archive.working import READ_ONLY
from tracklayer.errors import InvalidInput
from tracklayer.model import Model

#: Bytes that are held of a file at once.
BUFFER = 1 << 20


class Finding(Model):
    """What is wrong with one file: `path` relative to the archive."""

    path: str
    what: str


class Open(Model):
    """What was written, and is not in the tables yet."""

    experiments: int = 0
    runs: int = 0
    points: int = 0


class Checked(Model):
    """What a check found.

    * `head`: the digest of the manifest's last line. Whoever keeps it elsewhere can tell that the whole is the same.
    * `files`, `bytes`: what was read. `open`: None where there is no index to ask.
    """

    path: str
    version: int | None
    head: str | None
    entries: int
    files: int
    bytes: int
    findings: tuple[Finding, ...] = ()
    open: Open | None = None

    @property
    def ok(self) -> bool:
        """Is all as it was written?"""
        return not self.findings


def check(root: Path, *, head: str | None = None) -> Checked:
    """Check an archive. `head`: what the digest of its last line must be, as it was noted elsewhere.

    * While others write, what seems wrong is looked at again when nobody seals.
    * `InvalidInput` where there is no archive; `Unavailable` for one of a later version.
    """
    layout = Layout(root.absolute())
    if not layout.manifest.exists() and not layout.working.exists():
        message = f"no archive is at {layout.root}: give the folder that holds {MANIFEST}"
        raise InvalidInput(message)
    with calling(layout.root, "check"):
        found = _Check(layout).carry_out(head)
        if not found.ok and layout.lock.exists() and layout.writable():
            with locked(layout.lock):
                found = _Check(layout).carry_out(head)
    return found


class _Check:
    """One check in work."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._findings: dict[str, str] = {}
        self._files = self._bytes = 0
        self._lost = False
        self._pending, self._going = _unfinished(layout)

    def carry_out(self, head: str | None) -> Checked:
        entries = self._chain()
        last = entries[-1].sha256 if entries else None
        if head is not None and head != last:
            self._find(MANIFEST, f"its last line has the digest {last}, not {head}: it was cut, or written anew")
        live = manifest.live(sorted(entries, key=lambda entry: entry.sequence))
        for added in live.values():
            self._file(added.path, added.sha256, added.bytes)
        contents = self._contents(live)
        for digest, size in contents.items():
            self._file(content_path(digest), digest, size)
        gone = {path for entry in entries for path in entry.remove}
        self._others({*live, *map(content_path, contents)}, gone & self._going)
        return Checked(
            path=str(self._layout.root),
            version=entries[0].version if entries else None,
            head=last,
            entries=len(entries),
            files=self._files,
            bytes=self._bytes,
            open=self._index(last),
            findings=tuple(Finding(path=path, what=what) for path, what in sorted(self._findings.items())),
        )

    def _find(self, path: str, what: str) -> None:
        self._findings.setdefault(path, what)

    def _chain(self) -> list[Entry]:
        """The entries; behind a line that is wrong, as far as they can still be read."""
        try:
            data = self._layout.manifest.read_bytes()
        except FileNotFoundError:
            if any(one.name != WORKING for one in self._layout.root.iterdir()):
                self._find(MANIFEST, "it is missing")
            return []
        self._files, self._bytes = 1, len(data)
        *lines, rest = data.decode(errors="surrogateescape").split("\n")
        if rest and not self._pending:
            self._find(MANIFEST, f"line {len(lines) + 1}: it does not end")
        entries: list[Entry] = []
        previous: str | None = None
        for number, line in enumerate(lines, 1):
            entry = self._entry(line, number, previous)
            if entry is not None:
                entries.append(entry)
                previous = entry.sha256
        if not entries:
            self._find(MANIFEST, "it has no line")
        return entries

    def _entry(self, line: str, number: int, previous: str | None) -> Entry | None:
        try:
            return manifest.entry_of(line, number, previous)
        except DamagedManifest as error:
            self._find(MANIFEST, f"line {error.line}: {error.why}")
        with suppress(ValueError, TypeError, InvalidInput):
            entry = Entry(**manifest.fields_of(line))
            return entry.model_copy(update={"add": tuple(one for one in entry.add if legal(one.path))})
        self._lost = True
        return None

    def _file(self, path: str, digest: str, size: int) -> None:
        """A file that must be there, with these bytes."""
        place = self._layout.found(path)
        try:
            found = place.lstat()
        except FileNotFoundError:
            self._find(path, "it is missing")
            return
        if not stat.S_ISREG(found.st_mode):
            self._find(path, "it is not a file")
        elif found.st_size != size:
            self._find(path, f"it was altered: it has {found.st_size} bytes, not {size}")
        elif _sha256(place) != digest:
            self._find(path, "it was altered: its SHA-256 is another")
        self._files, self._bytes = self._files + 1, self._bytes + found.st_size

    def _contents(self, live: dict[str, Added]) -> dict[str, int]:
        """The contents that the table `artifacts` names, with their sizes. What was altered in it is not believed."""
        found: dict[str, int] = {}
        for path in live:
            if path.startswith("artifacts/"):
                try:
                    for rows in rows_of(self._layout, path, ["sha256", "size"]):
                        found.update((digest, size) for digest, size in rows if DIGEST.fullmatch(digest))
                except Damaged as error:
                    self._find(path, str(error))
        return found

    def _others(self, known: set[str], going: set[str]) -> None:
        """What lies there beside. `going`: what a writer was to delete next when it was killed."""
        if self._lost:  # a line that cannot be read may name any of it
            return
        unsure = any(path.startswith("artifacts/") for path in self._findings)
        for path in _walk(self._layout.root):
            content = path.startswith(f"{FILES}/")
            if path in known or path in going or (content and (unsure or self._leaves(path))):
                continue
            self._find(path, "it was added: the manifest does not know it")

    def _leaves(self, path: str) -> bool:
        """Is it a content that nothing names any more, and that is to be deleted?"""
        return path in self._going and path == content_path(_sha256(self._layout.root / path))

    # -- the index

    def _index(self, head: str | None) -> Open | None:
        """What is not sealed, as the index says; and it must say of all else what the tables say."""
        if not self._layout.store.exists():
            return None
        try:
            with closing(_opened(self._layout.store)) as db:
                found = Open(**dict(zip(("experiments", "runs", "points"), unsealed(db), strict=True)))
                known, pending = db.execute("SELECT head, pending FROM state").fetchone()
                if known == head and head is not None and pending is None and not self._findings and found == Open():
                    self._compare(db)
        except sqlite3.Error as error:
            self._find(f"{WORKING}/store.db", f"the index cannot be read ({error}): delete .working, it is made anew")
            return None
        return found

    def _compare(self, db: sqlite3.Connection) -> None:
        folder = Path(tempfile.mkdtemp(prefix="tracklayer-check-"))
        try:
            rebuild(self._layout, folder / "anew.db")
            with closing(_opened(folder / "anew.db")) as anew:
                wrong = differing(db, anew)
            if wrong is not None:
                what = f"the index says of {wrong} what the tables do not: delete .working, it is made anew"
                self._find(f"{WORKING}/store.db", what)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _unfinished(layout: Layout) -> tuple[bool, set[str]]:
    """What a killed writer left to do, as the index knows: is a line to be appended, and which files to be deleted?"""
    if not layout.store.exists():
        return False, set()
    with suppress(sqlite3.Error), closing(_opened(layout.store)) as db:
        pending = db.execute("SELECT pending FROM state").fetchone()[0] is not None
        return pending, {path for (path,) in db.execute("SELECT path FROM removals")}
    return False, set()


def _opened(store: Path) -> sqlite3.Connection:
    """The index as it is, be it on a medium that cannot be written to. Elsewhere SQLite tidies up when it is closed."""
    live = os.access(store.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
    return sqlite3.connect(f"{store.as_uri()}?{'mode=rw' if live else READ_ONLY}", uri=True)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BUFFER):
            digest.update(block)
    return digest.hexdigest()


def _walk(root: Path, folder: str = "") -> Iterator[str]:
    """All that lies in the archive but folders, the manifest and `.working`, relative to it. Links are not followed."""
    with os.scandir(root / folder) as found:
        for one in sorted(found, key=lambda one: one.name):
            path = f"{folder}/{one.name}" if folder else one.name
            if path == WORKING and one.is_dir(follow_symlinks=False):
                continue
            if one.is_dir(follow_symlinks=False):
                yield from _walk(root, path)
            elif path != MANIFEST:
                yield path
