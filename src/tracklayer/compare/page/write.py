"""Write: the page into a file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tracklayer.compare.frame import Comparison
from tracklayer.compare.page.pictures import pictures
from tracklayer.compare.page.report import report
from tracklayer.compare.page.view import view
from tracklayer.render.files import check_writable, write_whole
from tracklayer.render.text import counted


@dataclass(frozen=True)
class Written:
    """A page that was written: how large it is, and how many curves and pictures it has.

    * `notes`: what to tell of it, in one line each, such as curves that could not be read.
    """

    path: Path
    size: int
    curves: int
    pictures: int
    notes: tuple[str, ...]


def write_page(
    comparison: Comparison,
    path: str | os.PathLike[str],
    *,
    title: str = "",
    curves: bool = True,
    images: bool = True,
    tests: Sequence[str] = (),
    importance: bool | None = None,
) -> Written:
    """Write the comparison as one HTML file that opens anywhere and asks no host for anything.

    * `curves`, `images`: read the points of the metrics, and the pictures of the first runs, from their places now.
    * `tests`: metrics in which groups are tested against each other: see `Comparison.significance`. They need scipy.
    * `importance`: of params for the main metric; None: where scikit-learn is there.
    * `InvalidInput` when no file can be written there.
    """
    file = Path(path)
    check_writable(file)
    told = [comparison.significance(metric) for metric in tests]
    seen = view(comparison, curves=curves)
    shown = pictures(comparison.rows, seen.order) if images else None
    whole = report(
        seen,
        title=title or _title(comparison),
        written=_written(),
        pictures=shown,
        tests=told,
        weighed=find_spec("sklearn") is not None if importance is None else importance,
    )
    write_whole(file, lambda coming: coming.write_bytes(whole.encode()))
    series = () if seen.histories is None else seen.histories.series
    failures = () if seen.histories is None else seen.histories.failures
    notes = [f"{counted(len(failures), 'curve')} could not be read: {failures[0].reason}"] if failures else []
    if len(seen.order) < len(comparison.rows):
        notes.append(f"{len(seen.order):,} of {counted(len(comparison.rows), 'run')} are on the page, the best")
    return Written(file, file.stat().st_size, len(series), 0 if shown is None else len(shown.found), tuple(notes))


def _title(comparison: Comparison) -> str:
    runs, places = counted(len(comparison.rows), "run"), counted(len(comparison.places), "place")
    return f"{runs} of {places}"


def _written() -> str:
    return f"tracklayer {version('tracklayer')}"
