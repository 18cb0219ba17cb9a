"""What an `archive:` URL says: in which folder the archive is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tracklayer.drivers._paths import path_of, url_of
from tracklayer.model import Model


class ArchiveConfig(Model):
    """`archive:PATH` with the path of a folder, which need not be there yet."""

    scheme: Literal["archive"] = "archive"
    path: Path

    @classmethod
    def of(cls, url: str) -> ArchiveConfig:
        """The settings in a URL; makes no call. `InvalidInput` for anything that is not of the shape above."""
        path, _ = path_of(url)
        return cls(path=path)

    @property
    def url(self) -> str:
        """The URL that says the same, whatever the current folder."""
        return url_of(self.scheme, self.path)
