"""The driver of a `wandb` folder: files, and nothing but files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from tracklayer.drivers import _protobuf as protobuf
from tracklayer.drivers._left import Found, Left, Scan, below
from tracklayer.drivers._paths import path_of, speakable, url_of
from tracklayer.drivers.wandb import messages as m
from tracklayer.drivers.wandb.blocks import Damage, records
from tracklayer.drivers.wandb.record import PROJECT, read
from tracklayer.drivers.wandb.traits import WANDB
from tracklayer.spi import Driver

#: The folder of a run, offline or not: its day and time, and its id; an equal name gets a number.
FOLDER = re.compile(r"(offline-)?run-\d{8}_\d{6}-(?P<id>.+)")
#: The project of a run that says none, by W&B's own word.
NOWHERE = "uncategorized"
#: Records from the beginning of a file among which the one of the run stands: it is the second.
HEAD = 20


class WandbDriver(Left):
    """One folder, `wandb:/path/wandb`, with the folders of runs that W&B's client made in it.

    * An experiment is a project. A run that was resumed has several folders: they are one run, by its id.
    """

    traits = WANDB

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.url = url_of("wandb", path)
        self._heads: dict[Path, tuple[str, str] | None] = {}
        self._listed: tuple[int, dict[str, Found]] | None = None
        self._listing = Lock()

    @classmethod
    def open(cls, url: str, /) -> Driver:
        return cls(path_of(url, default="wandb")[0])

    def _experiments(self) -> Sequence[str]:
        return sorted({found.experiment for found in self._all().values()})

    def _runs(self, experiment: str) -> Sequence[str]:
        return sorted(found.id for found in self._all().values() if found.experiment == experiment)

    def _found(self, run: str) -> Found | None:
        return self._all().get(run)

    def _scan(self, found: Found) -> Scan:
        return read(found.files)

    def _files(self, found: Found) -> Mapping[str, Path]:
        """What a run saved, the latest of a name; and its records, below `wandb/`, for W&B's own `wandb sync`."""
        files: dict[str, Path] = {}
        for record in found.files:
            files |= dict(below(record.parent / "files"))
            files[f"wandb/{record.parent.name}/{record.name}"] = record
        return files

    def _all(self) -> dict[str, Found]:
        """The runs by id. They are looked for again when the folder has changed."""
        with self._listing:
            state = self.path.stat().st_mtime_ns
            if self._listed is None or self._listed[0] != state:
                runs: dict[str, Found] = {}
                for record in self._records():
                    run, project = self._head(record)
                    known = runs.get(run)
                    files = (record,) if known is None else (*known.files, record)
                    runs[run] = Found(run, project if known is None else known.experiment, files)
                self._listed = state, runs
            return self._listed[1]

    def _records(self) -> list[Path]:
        """The record of each run's folder, in the order of time."""
        places = sorted(
            (place for place in self.path.iterdir() if _is_run(place)),
            key=lambda place: place.name.removeprefix("offline-"),
        )
        records = (next(iter(sorted(place.glob("*.wandb"))), None) for place in places)
        return [record for record in records if record is not None and not record.is_symlink()]

    def _head(self, record: Path) -> tuple[str, str]:
        """The id and the project of a run: what its record says, else its folder's name."""
        known = self._heads.get(record) or _head(record)
        if known is not None:
            self._heads[record] = known
            return known
        found = FOLDER.fullmatch(record.parent.name)
        return found["id"] if found else record.parent.name, NOWHERE


def _is_run(place: Path) -> bool:
    return FOLDER.fullmatch(place.name) is not None and speakable(place.name) and not place.is_symlink()


def _head(path: Path) -> tuple[str, str] | None:
    try:
        for number, record in enumerate(records(path, Damage())):
            run = m.first(record, m.RUN)
            if run is not None:
                return m.word(run, 1) or path.stem.removeprefix("run-"), m.word(run, PROJECT) or NOWHERE
            if number > HEAD:
                return None
    except (protobuf.Malformed, TypeError, AttributeError):
        return None
    return None
