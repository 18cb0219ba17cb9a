"""Reports: the files that a comparison is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracklayer.compare import Comparison


def check(paths: Iterable[Path]) -> None:
    """May they be written? `InvalidInput` if not: better said before the places are read than behind it."""
    from tracklayer.render.files import check_writable  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    for path in paths:
        check_writable(path)


def write(
    found: Comparison, paths: Mapping[str, Path], *, curves: bool, tests: Sequence[str], picture_url: str
) -> Iterator[str]:
    """Write each, by its kind: `html`, `md`, `parquet`, `csv`, `points`. Says which files there are, and what of them.

    * `curves`, `tests`: what the page and the Markdown are to show of them; they read the points that they draw.
    * `picture_url`: where the Markdown's picture will be found; empty: beside it.
    """
    if "html" in paths:
        from tracklayer.compare.page import write_page  # noqa: PLC0415 -- only what is written is loaded

        page = write_page(found, paths["html"], curves=curves, tests=tests)
        yield f"html: {page.path}"
        yield from page.notes
    if "md" in paths:
        from tracklayer.compare.markdown import write_markdown  # noqa: PLC0415 -- likewise

        for file in write_markdown(found, paths["md"], picture=curves, picture_url=picture_url, tests=tests):
            yield f"md: {file}"
    tables = paths.keys() & {"parquet", "csv", "points"}
    if tables:
        yield from _tables(found, {kind: path for kind, path in paths.items() if kind in tables})


def _tables(found: Comparison, paths: Mapping[str, Path]) -> Iterator[str]:
    from tracklayer.compare import export  # noqa: PLC0415 -- likewise

    runs = found.to_arrow() if paths.keys() - {"points"} else None
    for kind, path in paths.items():
        if kind == "parquet":
            export.write_parquet(runs, path)
        elif kind == "csv":
            export.write_csv(runs, path)
        else:
            export.write_table(found.points(), path)
        yield f"{kind}: {path}"
