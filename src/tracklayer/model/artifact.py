"""Files of a run."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Strict

from tracklayer.errors import InvalidInput
from tracklayer.model.base import Model


def checked_path(path: str) -> str:
    """A relative POSIX path with no empty, `.` or `..` part; anything else is `InvalidInput`."""
    parts = path.split("/")
    if (
        not path
        or path.startswith("/")
        or "\\" in path
        or "\0" in path
        or any(part in {"", ".", ".."} for part in parts)
    ):
        message = f"illegal artifact path {path!r}: give a relative path with '/' between its parts and no '.' or '..'"
        raise InvalidInput(message)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        message = f"illegal artifact path {path!a}: it holds a lone surrogate"
        raise InvalidInput(message) from None
    return path


#: A relative POSIX path that never leaves its folder.
ArtifactPath: TypeAlias = Annotated[str, Strict(), AfterValidator(checked_path)]


class Artifact(Model):
    """A file of a run. `size` in bytes, `digest` as `sha256:<hex>`; None where the provider does not say."""

    path: ArtifactPath
    size: int | None = None
    digest: str | None = None
    media_type: str | None = None
