"""The local store: a fresh SQLite file for each test."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

from contract_tests.targets.base import Target

from tracklayer.spi import Driver, open_driver


class LocalTarget(Target):
    """`local:` in a folder that is removed at the end of the session."""

    name = "local"
    processes = True
    effort = (40, 25)

    def start(self) -> str:
        return tempfile.mkdtemp(prefix="tracklayer-contract-")

    def stop(self) -> None:
        shutil.rmtree(self.where)

    def open(self) -> Driver:
        return open_driver(f"local:{Path(self.where) / uuid4().hex / 'store.db'}")


TARGET = LocalTarget()
