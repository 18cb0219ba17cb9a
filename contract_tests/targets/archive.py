"""The portable archive: a fresh folder for each test."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from contract_tests.targets.local import LocalTarget

from tracklayer.spi import Driver, open_driver


class ArchiveTarget(LocalTarget):
    """`archive:` in a folder that is removed at the end of the session."""

    name = "archive"

    def open(self) -> Driver:
        return open_driver(f"archive:{Path(self.where) / uuid4().hex}")


TARGET = ArchiveTarget()
