"""The driver of a folder of TensorBoard's logs: files, and nothing but files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tracklayer.drivers._left import Found, Left, Scan, below
from tracklayer.drivers._paths import path_of, speakable, url_of
from tracklayer.drivers.tensorboard.events import read
from tracklayer.drivers.tensorboard.frames import crc32c
from tracklayer.drivers.tensorboard.traits import TENSORBOARD
from tracklayer.errors import InvalidInput
from tracklayer.model import checked_path
from tracklayer.spi import Driver

#: What stands in the name of an event file (backend/event_processing/io_wrapper.py: IsTensorFlowEventsFile).
MARK = "tfevents"
#: The run whose files lie in the folder itself.
TOP = "."


class TensorboardDriver(Left):
    """One folder of logs, `tensorboard:/path/logs`. Each folder with event files in it, at any depth, is a run.

    * The experiment is the folder, by its name. A run's id and name are its path below it, `.` for the folder itself.
    * Links to folders are not followed.
    """

    traits = TENSORBOARD

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.url = url_of("tensorboard", path)

    @classmethod
    def open(cls, url: str, /) -> Driver:
        crc32c()  # says at once what is not installed
        return cls(path_of(url, default="runs")[0])

    def _experiments(self) -> Sequence[str]:
        return [self.path.name or TOP]

    def _runs(self, experiment: str) -> Sequence[str]:
        if experiment not in self._experiments():
            return []
        paths = (place.relative_to(self.path).as_posix() for place in self._places(self.path))
        return sorted(filter(speakable, paths))

    def _found(self, run: str) -> Found | None:
        try:
            place = self.path / (run if run == TOP else checked_path(run))
        except InvalidInput:
            return None
        if place.resolve() != self.path.resolve() / run or not place.is_dir():
            return None
        files = sorted(file for file in place.iterdir() if MARK in file.name and _own(file))
        return Found(run, self._experiments()[0], tuple(files)) if files else None

    def _scan(self, found: Found) -> Scan:
        scan = read(found.files)
        scan.fields["name"] = self.path.name or TOP if found.id == TOP else found.id
        return scan

    def _files(self, found: Found) -> Mapping[str, Path]:
        place = self.path / found.id
        others = [other for other in self._places(place) if other != place]
        return dict(below(place, others))

    @staticmethod
    def _places(top: Path) -> Iterator[Path]:
        """The folders of all runs below a folder, itself among them."""
        for place, _, files in os.walk(top):
            if any(MARK in name and _own(Path(place, name)) for name in files):
                yield Path(place)


def _own(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()
