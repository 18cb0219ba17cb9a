"""Working: connections to the index of an archive, which is made anew where there is none that fits."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4
from weakref import finalize

from tracklayer.drivers.archive import manifest
from tracklayer.drivers.archive.errors import Unfit
from tracklayer.drivers.archive.layout import Layout
from tracklayer.drivers.archive.lock import locked
from tracklayer.drivers.archive.rebuild import rebuild
from tracklayer.drivers.archive.schema import prepare, unsealed
from tracklayer.drivers.local.connections import PATIENCE, Connections
from tracklayer.errors import InvalidInput


class Working(Connections):
    """Lends connections to the index of one archive.

    * Where nothing can be written (a read-only mount, somebody else's folder), an index that fits is read as it is;
      otherwise one is made in a folder of this process.
    """

    def __init__(self, layout: Layout, patience: float = PATIENCE) -> None:
        super().__init__(layout.store, prepare, patience)
        self._layout = layout

    def locate(self, *, create: bool) -> None:
        """See to it that there is an index, and that it fits the manifest.

        `FileNotFoundError`, `Unfit`, `NewerStore`, `Damaged`.
        """
        layout = self._layout
        head = manifest.head(layout.manifest)
        if head is None and not layout.store.exists():
            if not create:
                raise FileNotFoundError(errno.ENOENT, "there is no archive", str(layout.root))
            _make(layout)
        elif not layout.writable():
            self._locate_elsewhere(head)
        elif not _fits(layout.store, layout):
            layout.working.mkdir(mode=0o700, exist_ok=True)
            with locked(layout.lock):  # nobody seals: what does not fit now never will
                if not _fits(layout.store, layout):
                    _renew(layout)
        super().locate(create=create)

    def _locate_elsewhere(self, head: str | None) -> None:
        if self.path != self._layout.store:
            return
        logs = self.path.with_name(f"{self.path.name}-wal")
        if head is None or (self.path.exists() and not (logs.exists() and logs.stat().st_size)):
            with suppress(sqlite3.Error):
                if _head(self.path, READ_ONLY)[0] == head:
                    self.mode = READ_ONLY
                    return
        folder = Path(tempfile.mkdtemp(prefix="tracklayer-archive-"))
        finalize(self, shutil.rmtree, folder, ignore_errors=True)
        copy = folder / self.path.name
        if self.path.exists():  # with what a killed process left beside it
            for suffix in ("", "-wal"):
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{self.path}{suffix}", f"{copy}{suffix}")
        if not _fits(copy, self._layout):
            copy = folder / "anew.db"
            rebuild(self._layout, copy)
        self.path, self.mode = copy, "mode=ro"


READ_ONLY = "mode=ro&immutable=1"


def _make(layout: Layout) -> None:
    """The folder of a new archive. `InvalidInput` for one that holds something else."""
    if layout.root.is_dir() and any(one != layout.working for one in layout.root.iterdir()):
        message = f"archive: {layout.root} holds something else: give a folder that is empty, or none that is there"
        raise InvalidInput(message)
    layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    layout.working.mkdir(mode=0o700, exist_ok=True)


def _renew(layout: Layout) -> None:
    """Put an index that fits in the place of one that does not. By the holder of the lock."""
    new = layout.working / f"{uuid4().hex}.db"
    try:
        rebuild(layout, new)
        for suffix in ("-wal", "-shm"):
            layout.store.with_name(f"{layout.store.name}{suffix}").unlink(missing_ok=True)
        new.replace(layout.store)
    finally:
        new.unlink(missing_ok=True)


def _fits(store: Path, layout: Layout) -> bool:
    """Does the index belong to the manifest? False when it belongs to an earlier state of it, and is all sealed.

    `Unfit` when there is no way from one to the other: the manifest was cut or replaced, or what was never sealed
    would be lost.
    """
    if not store.exists():
        return False
    head, pending, open_ = _head(store, "mode=rw")
    if pending or head == manifest.head(layout.manifest):
        return True
    if open_ or (head is not None and head not in manifest.digests(layout.manifest)):
        raise Unfit("the manifest is not the one that .working belongs to")
    return False


def _head(store: Path, mode: str) -> tuple[str | None, bool, bool]:
    """The digest an index knows of the manifest; is it still to be written there; and is anything not sealed?"""
    with closing(sqlite3.connect(f"{store.as_uri()}?{mode}", uri=True, timeout=PATIENCE, isolation_level=None)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
            return None, False, False
        head, pending = db.execute("SELECT head, pending FROM state").fetchone()
        return head, pending is not None, any(unsealed(db))
