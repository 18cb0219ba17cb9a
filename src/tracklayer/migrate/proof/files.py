"""Files: every byte of both sides read, a piece at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from tracklayer.errors import NotFound
from tracklayer.layers.retry import RetryPolicy, patiently
from tracklayer.migrate.proof.findings import Findings
from tracklayer.migrate.proof.shown import NOTHING
from tracklayer.model import Run
from tracklayer.render import text
from tracklayer.spi import Driver, Feature, every

#: Bytes of a file that are held at once.
PIECE = 1 << 20
#: A stream that breaks off is begun anew: no layer below can do that for it.
AGAIN = RetryPolicy(attempts=3)


class File(NamedTuple):
    """The content of a file: SHA-256 in hex, and its bytes."""

    digest: str
    size: int


def compare_files(findings: Findings, ours: tuple[Driver, Run], theirs: tuple[Driver, Run]) -> Mapping[str, File]:
    """Compare every file of a run with that of its copy. Gives the run's own."""
    paths = (_paths(*ours), _paths(*theirs))
    found: dict[str, File] = {}
    for path in sorted({*paths[0], *paths[1]}):
        left, right = (
            _content(*side, path) if path in listed else None
            for side, listed in zip((ours, theirs), paths, strict=True)
        )
        if left is not None:
            found[path] = left
        if left != right:
            reason = _reason(left, right, listed=path in paths[1])
            findings.add("file", path, _shown(left), _shown(right), reason, lacks=path not in paths[1])
    return found


def _paths(driver: Driver, run: Run) -> set[str]:
    if not driver.traits.offers(Feature.ARTIFACTS):
        return set()
    return {file.path for file in every(partial(driver.list_artifacts, run.ref))}


def _content(driver: Driver, run: Run, path: str) -> File | None:
    """The content of a file; None for one that is listed and cannot be opened."""
    try:
        return patiently(partial(_read, driver, run, path), AGAIN)
    except NotFound:
        return None


def _read(driver: Driver, run: Run, path: str) -> File:
    digest, size = hashlib.sha256(), 0
    with driver.open_artifact(run.ref, path) as data:
        while piece := data.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return File(digest.hexdigest(), size)


def _shown(file: File | None) -> str:
    return NOTHING if file is None else f"{text.counted(file.size, 'byte')}, sha256 {file.digest}"


def _reason(left: File | None, right: File | None, *, listed: bool) -> str:
    if left is None:
        return "the source has no such file"
    if right is None:
        return "the file is listed, and its content is gone" if listed else "the file is missing"
    return "its bytes differ" if left.size == right.size else "its size differs"
