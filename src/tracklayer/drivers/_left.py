"""Left: runs that another tool left in folders, each in files of its own, read whole and never changed.

A run's files are read once, from their beginning to their end: what they say of the run is kept, and its points are put
apart in a spool. The runs that were read last are remembered, as long as their files stay as they are.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from mimetypes import guess_type
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, NoReturn

from tracklayer import spi
from tracklayer.drivers._spool import Spool
from tracklayer.drivers._stores.folder import READING
from tracklayer.errors import Conflict, InvalidInput, NotFound
from tracklayer.model import Artifact, Experiment, ExperimentRef, Points, Query, Run, RunRef, checked_path
from tracklayer.spi import Cursor, Page, ReadOnly, translating

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Files of a page of a list.
PAGE = 1_000
#: Runs that are remembered: more than are read side by side, or their files would be read again for each page.
REMEMBERED = 64


@dataclass(frozen=True)
class Found:
    """Where a run lies: its id, the experiment it is of, and the files that hold its record, in the order of time."""

    id: str
    experiment: str
    files: tuple[Path, ...]

    def signature(self) -> str:
        """Another one for files that have changed since."""
        states = (file.stat() for file in self.files)
        return ",".join(f"{state.st_ino}.{state.st_size}.{state.st_mtime_ns}" for state in states)


@dataclass
class Scan:
    """What the files of a run hold: the fields of a `Run`, why some are not exact, and its points."""

    fields: dict[str, Any] = field(default_factory=dict)
    approximate: dict[str, str] = field(default_factory=dict)
    spool: Spool = field(default_factory=Spool)


class Series(spi.Place, array_like=True):
    """Where a series goes on: in which state of its files, and at which chunk of the spool."""

    signature: str = ""
    at: int = 0


class Place(spi.Place, array_like=True):
    """Where a list of runs goes on: in which experiment of the query, and behind which run."""

    experiment: int = 0
    after: str = ""


class Left(ReadOnly):
    """A folder, `path`. A driver says which runs there are and reads one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._scans: OrderedDict[str, tuple[str, Scan]] = OrderedDict()

    @abstractmethod
    def _experiments(self) -> Sequence[str]:
        """The experiments, by name, in an order that stays."""

    @abstractmethod
    def _runs(self, experiment: str) -> Sequence[str]:
        """The ids of an experiment's runs, sorted."""

    @abstractmethod
    def _found(self, run: str) -> Found | None:
        """The run of that id."""

    @abstractmethod
    def _scan(self, found: Found) -> Scan:
        """Read a run's files."""

    @abstractmethod
    def _files(self, found: Found) -> Mapping[str, Path]:
        """The files of a run that it may be asked for, by the path they are given."""

    # -- experiments

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        """One experiment; its name is its id."""
        name = which.id if isinstance(which, ExperimentRef) else which
        with self._reading("get_experiment"):
            if name not in self._experiments():
                self._missing(f"no experiment is named {name!r}", "get_experiment")
            return Experiment(id=name, name=name)

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        """All of them: there are as many as a person made."""
        del after
        with self._reading("list_experiments"):
            return Page(tuple(Experiment(id=name, name=name) for name in self._experiments()))

    # -- runs

    def get_run(self, run: RunRef, /) -> Run:
        """The whole run."""
        with self._reading("get_run"):
            return self._run(self._known(run, "get_run"))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        """Whole runs, by experiment and id. None is ever deleted."""
        place = Place.read(after)
        if place.experiment >= len(query.experiments) or query.view == "deleted":
            return Page(())
        with self._reading("list_runs"):
            ids = self._runs(query.experiments[place.experiment].id)
            start = bisect_right(ids, place.after)
            wanted = ids[start : start + query.page_size]
            found = (one for one in map(self._found, wanted) if one is not None)  # it may be gone by now
            runs = tuple(map(self._run, found))
        last = start + query.page_size >= len(ids)
        ahead = Place(place.experiment + 1) if last else Place(place.experiment, wanted[-1])
        return Page(runs, None if ahead.experiment == len(query.experiments) else ahead.text())

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        """Points in the order of the files. `Conflict` when these change between two pages."""
        place = Series.read(after)
        with self._reading("read_points"):
            found = self._known(run, "read_points")
            signature, scan = self._scanned(found, place.signature)
            if place.signature not in {"", signature}:
                message = f"the files of run {run.id!r} changed while it was read: read it anew"
                raise Conflict(message, provider=self.traits.provider, operation="read_points")
            points, ahead = scan.spool.page(key, place.at)
            return Page((points,) if len(points) else (), None if ahead is None else Series(signature, ahead).text())

    def _run(self, found: Found) -> Run:
        _, scan = self._scanned(found)
        experiment = ExperimentRef(id=found.experiment)
        metrics = dict(scan.spool.summaries)
        fields = {"status": "running", **scan.fields}
        return Run(id=found.id, experiment=experiment, metrics=metrics, approximate=scan.approximate, **fields)

    def _scanned(self, found: Found, wanted: str = "") -> tuple[str, Scan]:
        """What the files hold: in the state that is wanted, if it is remembered, else as they are now."""
        with self._lock:
            known = self._scans.get(found.id)
        signature = wanted or found.signature()
        if known is not None and known[0] == signature:
            return known
        signature = found.signature()
        scan = self._scan(found)
        scan.spool.finish()
        with self._lock:
            self._scans[found.id] = signature, scan
            self._scans.move_to_end(found.id)
            while len(self._scans) > REMEMBERED:
                self._scans.popitem(last=False)
        return signature, scan

    # -- files

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        """The files of a run, by path."""
        with self._reading("list_artifacts"):
            files = self._files(self._known(run, "list_artifacts"))
            paths = sorted(files)
            start = bisect_right(paths, after or "")
            wanted = paths[start : start + PAGE]
            found = (
                Artifact(path=path, size=files[path].stat().st_size, media_type=guess_type(path)[0]) for path in wanted
            )
            return Page(tuple(found), wanted[-1] if start + PAGE < len(paths) else None)

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        """A file of a run as a stream."""
        with self._reading("open_artifact"):
            file = self._files(self._known(run, "open_artifact")).get(path)
            if file is None:
                self._missing(f"run {run.id!r} has no file {path!r}", "open_artifact")
            return file.open("rb")

    # -- inside

    def close(self) -> None:
        """Forget what was read."""
        with self._lock:
            self._scans.clear()

    def _known(self, run: RunRef, operation: str) -> Found:
        found = self._found(run.id)
        return found or self._missing(f"no run has the id {run.id!r}", operation)

    @contextmanager
    def _reading(self, operation: str) -> Iterator[None]:
        """Within the block, the folder is there, and what the disk says becomes an error of ours."""
        with translating(READING, provider=self.traits.provider, operation=operation):
            if not self.path.is_dir():
                self._missing(f"the folder {self.path} is not there", operation)
            yield

    def _missing(self, message: str, operation: str) -> NoReturn:
        raise NotFound(message, provider=self.traits.provider, operation=operation)


def below(folder: Path, skip: Sequence[Path] = ()) -> Iterator[tuple[str, Path]]:
    """Each file below a folder by its path there, folders to be skipped left out, and links too.

    A link could lead anywhere; a name that is no path of ours is left out likewise.
    """
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if Path(place, name) not in skip]
        for name in files:
            file = Path(place, name)
            try:
                path = checked_path(file.relative_to(folder).as_posix())
            except InvalidInput:
                continue
            if file.is_file() and not file.is_symlink():
                yield path, file


def moment(nanoseconds: int | None) -> datetime | None:
    """The moment so long after 1970, to the microsecond; None for none, and for what no calendar holds."""
    try:
        return None if nanoseconds is None else EPOCH + timedelta(microseconds=nanoseconds // 1_000)
    except OverflowError:
        return None


def nanoseconds(seconds: float) -> int | None:
    """Seconds since 1970 as nanoseconds; None for what is no time that 64 bits hold."""
    if not -9.2e9 < seconds < 9.2e9:  # noqa: PLR2004 -- 2**63 nanoseconds; not for NaN
        return None
    whole = int(seconds // 1)
    return whole * 1_000_000_000 + round((seconds - whole) * 1e9)
