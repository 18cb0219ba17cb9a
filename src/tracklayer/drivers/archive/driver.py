"""The driver of an archive: a local store whose rows go into Parquet when a run ends, and when it is closed."""

from __future__ import annotations

import atexit
import importlib.util
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakSet

from tracklayer.drivers.archive.config import ArchiveConfig
from tracklayer.drivers.archive.contents import Contents
from tracklayer.drivers.archive.errors import calling
from tracklayer.drivers.archive.layout import Layout
from tracklayer.drivers.archive.points import SealedPoints, load
from tracklayer.drivers.archive.seal import seal
from tracklayer.drivers.archive.traits import ARCHIVE
from tracklayer.drivers.archive.working import Working
from tracklayer.drivers.local.connections import PATIENCE
from tracklayer.drivers.local.driver import LocalDriver
from tracklayer.errors import ProviderError, TracklayerError
from tracklayer.model import ENDED, Batch, Points, RunRef
from tracklayer.spi import Cursor, Page, Traits

log = logging.getLogger("tracklayer")

#: Points that one process writes before it seals, whatever else: 48 MB in the index.
MOST_OPEN = 2_000_000
#: A run that ends is sealed at once, unless that would take more than this part of the time.
SHARE = 0.05

T = TypeVar("T")
_open: WeakSet[ArchiveDriver] = WeakSet()


class ArchiveDriver(LocalDriver):
    """A folder of Parquet tables, for any number of threads and processes of one machine at once.

    * What is written is in the index at once, and whole whatever happens. It is sealed (put into the tables of the
      format) when runs end, when much has come, when the driver is closed, and when the process ends.
    * Read by tracklayer, there is no difference between what is sealed and what is not.
    """

    traits: Traits = ARCHIVE

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        config = ArchiveConfig(path=path.absolute())
        super().__init__(config.path)
        self.url = config.url
        self.layout = Layout(config.path)
        self._connections = Working(self.layout, patience)
        self._folder = Contents(self.layout)
        self._sealed = SealedPoints(self.layout)
        self._process = os.getpid()
        self._wrote = False
        self._points = 0
        self._next = 0.0
        _open.add(self)

    @classmethod
    def open(cls, url: str, /) -> ArchiveDriver:
        if importlib.util.find_spec("pyarrow") is None:
            raise ModuleNotFoundError(name="pyarrow")
        return cls(ArchiveConfig.of(url).path)

    def close(self) -> None:
        try:
            if self._wrote and self._process == os.getpid():  # a forked child leaves it to its parent
                self._seal()
        finally:
            super().close()
            self._sealed.forget()

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self._again(lambda: super(ArchiveDriver, self).write(run, batch))
        self._points += sum(map(len, batch.points))
        due = batch.status in ENDED and time.monotonic() >= self._next
        if due or self._points >= MOST_OPEN:
            try:
                self._seal(wait=False)
            except ProviderError as error:  # what was written is safe; `close` says it again
                log.warning("not sealed: %s", error)

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        return self._again(lambda: super(ArchiveDriver, self).read_points(run, key, after))

    # -- inside

    def _seal(self, *, wait: bool = True) -> None:
        """Put all that was written into the tables of the format. `wait=False`: not while somebody else does."""
        began = time.monotonic()
        self._wrote, self._points = False, 0
        try:
            with self._calling("seal"):
                if not seal(self.layout, self._connections, self._sealed, wait=wait):
                    self._wrote = True
        except BaseException:
            self._wrote = True
            raise
        finally:
            ended = time.monotonic()
            self._next = ended + (ended - began) / SHARE

    def _again(self, call: Callable[[], T]) -> T:
        """Do it once more when a sealed file went in between: another one has its points by now."""
        try:
            return call()
        except TracklayerError as error:
            if not isinstance(error.__cause__, FileNotFoundError) or not self.layout.manifest.exists():
                raise
        return call()

    def _load(self, key: str, *columns: Any) -> Points:
        return load(self._sealed, key, *columns)

    def _calling(self, operation: str) -> AbstractContextManager[None]:
        return calling(self.path, operation)

    @contextmanager
    def _writing(self, operation: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        with super()._writing(operation, create=create) as db:
            yield db
        self._wrote = True


def seal_archive(root: Path) -> None:
    """Seal what is not sealed yet, of processes that were killed say. `NotFound` where there is no archive."""
    driver = ArchiveDriver(root)
    try:
        driver._seal()  # noqa: SLF001 -- of this module
    finally:
        driver.close()


def _seal_all() -> None:
    """At the end of a process: seal for those that nobody closed."""
    for driver in list(_open):
        try:
            driver.close()
        except TracklayerError as error:  # noqa: PERF203 -- one keeps no other
            log.warning("not sealed: %s", error)


atexit.register(_seal_all)
