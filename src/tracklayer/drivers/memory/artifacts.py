"""The fake's files: bytes by path, described and kept apart as a disk would."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Collection

from tracklayer.model import Artifact


def described(path: str, data: bytes) -> Artifact:
    """A file as users see it."""
    return Artifact(
        path=path,
        size=len(data),
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        media_type=mimetypes.guess_type(path)[0],
    )


def in_the_way(path: str, taken: Collection[str]) -> str | None:
    """The file that keeps `path` from being one too: `a` is in the way of `a/b`, and the other way round."""
    return next((held for held in taken if held.startswith(f"{path}/") or path.startswith(f"{held}/")), None)
