"""What the URL of a place on a disk says: a path, and perhaps options."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urlsplit

from tracklayer.drivers._options import options
from tracklayer.errors import InvalidInput


def path_of(url: str, *known: str, default: str | None = None) -> tuple[Path, dict[str, str]]:
    """The absolute path in `SCHEME:PATH[?option=..]`, and the options of those names. `InvalidInput`.

    * A relative path is relative to the current folder, `~/` is the home. `default`: for none.
    * `%`, `?` and `#` in a path are written `%25`, `%3F` and `%23`.
    """
    parts = urlsplit(url)
    text = re.sub(r"^/+", "/", unquote(parts.path)) or default or ""
    if parts.netloc or parts.fragment or not text or "\0" in text or (parts.query and not known):
        message = f"{parts.scheme}: not a path: {url.partition('?')[0]!r}; write {parts.scheme}:/path"
        raise InvalidInput(message)
    home = Path.home() / text[2:] if text.startswith("~/") else None
    return Path(os.path.normpath(home or Path.cwd() / text)), options(url, *known) if known else {}


def speakable(name: str) -> bool:
    """Can the name of a file or a folder be said in UTF-8?"""
    return name.encode(errors="ignore").decode() == name


def url_of(scheme: str, path: Path, **options: str | None) -> str:
    """The URL that names a path, whatever the current folder, with the options that are given."""
    given = urlencode({name: text for name, text in options.items() if text is not None}, safe="/:")
    return f"{scheme}:{quote(path.as_posix())}{given and '?' + given}"
