"""Output: one JSON document or a table on stdout; notes and progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tracklayer.model import Model

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

#: Columns when nothing says how wide the output is: a file or a pipe takes a table as wide as it comes.
UNBOUND = 1_000
#: Characters of a cell; `--json` has them all.
LONGEST = 200


def emit(document: Any) -> None:
    """The one JSON document of a command, ASCII, NaN and infinities as text."""
    print(json.dumps(document, allow_nan=False))


def document(model: Model) -> Any:
    """A model as JSON has it."""
    return json.loads(model.model_dump_json())


def note(line: str) -> None:
    """A line for the reader, on stderr, which no program has to read."""
    from tracklayer.render.text import plain  # noqa: PLC0415 -- late, like all that only output needs

    print(plain(line), file=sys.stderr)


def console(*, stderr: bool = False) -> Console:
    """Where tables go. It reads no markup in what it is given, and a closed pipe is an error like any other."""
    from rich.console import Console  # noqa: PLC0415

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    stream = sys.stderr if stderr else sys.stdout
    bound = stream.isatty() or "COLUMNS" in os.environ
    return Plain(stderr=stderr, markup=False, emoji=False, highlight=False, width=None if bound else UNBOUND)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = ()) -> RenderableType:
    """A table of texts, each written as it is, in several lines where it must be; very long ones are cut."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from tracklayer.render.text import plain, shortened  # noqa: PLC0415

    wanted = set(right)
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        grid.add_column(Text(plain(heading)), justify="right" if heading in wanted else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(shortened(plain(cell), LONGEST), overflow="fold") for cell in row))
    return grid


@contextmanager
def progress(*columns: str, left: bool = False) -> Iterator[Progress]:
    """Progress bars on stderr where somebody watches; nothing elsewhere.

    * `columns`: more fields of a task to show. `left`: the time that is left, too.
    """
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    fields = [TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in columns]
    described = TextColumn("{task.description}", markup=False)
    bars = Progress(
        described,
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        *([TimeRemainingColumn()] if left else []),
        *fields,
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),  # a forced colour makes no terminal,
    )
    with bars:
        yield bars
