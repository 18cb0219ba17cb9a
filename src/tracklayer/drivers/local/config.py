"""What a `local:` URL says: where the store is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from tracklayer.errors import InvalidInput
from tracklayer.model import Model

SHAPE = "local: or local:/path/store.db"
DEFAULT = Path(".tracklayer", "store.db")


class LocalConfig(Model):
    """`local:`, or `local:PATH` with the path of the store's file.

    * No path is `./.tracklayer/store.db`. A relative one is relative to the current folder, `~/` is the home.
    * `%`, `?` and `#` in a path are written `%25`, `%3F` and `%23`.
    """

    scheme: Literal["local"] = "local"
    path: Path

    @classmethod
    def of(cls, url: str) -> LocalConfig:
        """The settings in a URL; makes no call. `InvalidInput` for anything that is not of the shape above."""
        parts = urlsplit(url)
        path = unquote(parts.path)
        if parts.netloc or parts.query or parts.fragment or path.endswith(("/", os.sep)) or "\0" in path:
            message = f"local: not the path of a file: {parts._replace(query='').geturl()!r}; write {SHAPE}"
            raise InvalidInput(message)
        home = Path.home() / path[2:] if path.startswith("~/") else None
        return cls(scheme=parts.scheme, path=home or Path.cwd() / (path or DEFAULT))

    @property
    def url(self) -> str:
        """The URL that says the same, whatever the current folder."""
        return f"local:{quote(self.path.as_posix())}"
