"""Download: files of a run onto the disk, and nowhere else."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from tracklayer.errors import InvalidInput, NotFound, Unavailable
from tracklayer.model import Artifact, RunRef, checked_path
from tracklayer.spi import Driver, every

#: Bytes of a file in memory at once.
BLOCK = 1 << 20
#: What the disk says when the place to write to is no good, as opposed to full or broken.
UNFIT = (FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def download(driver: Driver, run: RunRef, to: Path, path: str) -> Path:
    """Write the file or folder `path` of a run (all for an empty one) below `to`; says where it lies now.

    * A file is written in blocks, under another name until it is whole.
    * `InvalidInput` for a place that cannot be written to, or that a link leads out of; `NotFound` for an unknown path.
    """
    if path:
        checked_path(path)
    found = False
    for artifact in every(partial(driver.list_artifacts, run)):
        if not path or artifact.path == path or artifact.path.startswith(f"{path}/"):
            found = True
            target = _target(to, artifact.path)
            with driver.open_artifact(run, artifact.path) as data:
                _store(driver, artifact, data, target)
    if path and not found:
        message = f"run {run.id!r} has no file or folder {path!r}"
        raise NotFound(message, provider=driver.traits.provider, operation="download")
    if not found:
        _folder(to)
    return to / path


def _target(to: Path, path: str) -> Path:
    """Where a run's file goes, its folder made."""
    target = to.joinpath(*path.split("/"))
    folder, root = target.parent.resolve(), to.resolve()
    if not folder.is_relative_to(root):
        message = f"{path!r} would be written outside {str(root)!r}: a link there leads to {str(folder)!r}"
        raise InvalidInput(message)
    _folder(folder)
    if target.is_dir() and not target.is_symlink():
        message = f"cannot write to {str(target)!r}: a folder of that name is in the way"
        raise InvalidInput(message)
    return folder / target.name


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except UNFIT as error:
        message = f"cannot make the folder {str(folder)!r}: {error.strerror}"
        raise InvalidInput(message) from None


def _store(driver: Driver, artifact: Artifact, data: BinaryIO, target: Path) -> None:
    part = target.with_name(f".tracklayer-{uuid4().hex}.part")
    try:
        file = part.open("xb")
    except UNFIT as error:
        message = f"cannot write to {str(target.parent)!r}: {error.strerror}"
        raise InvalidInput(message) from None
    try:
        with file:
            shutil.copyfileobj(data, file, BLOCK)
            size = file.tell()
        if artifact.size not in {None, size}:
            message = f"{artifact.path!r} came back with {size} bytes of {artifact.size}"
            raise Unavailable(message, provider=driver.traits.provider, operation="download")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
