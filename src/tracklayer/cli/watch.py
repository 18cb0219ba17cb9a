"""`tracklayer watch`: the runs of several places that run just now, looked at again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from tracklayer.cli.boundary import complain
from tracklayer.cli.choices import (
    EVERY,
    Curves,
    Every,
    Experiments,
    Maximize,
    Metrics,
    Minimize,
    Names,
    Sort,
    Urls,
    directions,
    renamed,
)
from tracklayer.cli.options import AsJson, Filter
from tracklayer.cli.output import console
from tracklayer.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from tracklayer.compare import Comparison

#: Lines around the runs on a screen, for headings and notes; and the fewest runs that are shown, however low it is.
AROUND, FEWEST = 12, 5

#: Waits until the next look.
pause = time.sleep


def watch(
    urls: Urls,
    *,
    experiment: Experiments = None,
    filter: Filter = "",
    metric: Metrics = None,
    map_: Names = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    sort: Sort = None,
    curves: Curves = True,
    every: Every = EVERY,
    as_json: AsJson = False,
) -> None:
    """Watch the runs of several places that run just now, and see how they end, until Ctrl-C.

    A place that cannot be read is named, and asked again at the next look. With --json, each look is a document on a
    line of its own.
    """
    from tracklayer.compare.running import Running  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    running = Running(
        urls,
        experiments=experiment or (),
        filter=filter,
        metrics=metric or (),
        map=renamed(map_),
        directions=directions(minimize, maximize),
    )
    look_on(running.look, every=every, sort=sort, curves=curves, as_json=as_json)


def look_on(look: Callable[[], Comparison], *, every: float, sort: str | None, curves: bool, as_json: bool) -> NoReturn:
    """Look every so many seconds, and show what is seen, until Ctrl-C.

    * What is wrong with the question at the first look is an error; later it is told, for runs come and go.
    """
    found, known = look(), dict[tuple[object, ...], str]()
    out = console()
    with _screen(out) as show:
        while True:
            if as_json:
                print(found.to_json(), flush=True)
            else:
                show(_drawn(found, out, known, every=every, sort=sort, curves=curves))
            pause(every)
            try:
                found = look()
            except InvalidInput as error:
                complain(str(error))


@contextmanager
def _screen(out: Console) -> Iterator[Callable[[RenderableType], None]]:
    """Shows one thing in place of the one before; where nobody watches, one below the other."""
    if not out.is_terminal:
        yield out.print
        return
    from rich.live import Live  # noqa: PLC0415 -- only for a screen

    with Live(console=out, auto_refresh=False) as live:
        yield lambda drawn: live.update(drawn, refresh=True)


def _drawn(
    found: Comparison,
    out: Console,
    known: dict[tuple[object, ...], str],
    *,
    every: float,
    sort: str | None,
    curves: bool,
) -> RenderableType:
    from rich.console import Group  # noqa: PLC0415 -- it brings rich
    from rich.text import Text  # noqa: PLC0415

    from tracklayer.compare.table import ranked, table  # noqa: PLC0415
    from tracklayer.render import text  # noqa: PLC0415

    most = max(FEWEST, out.height - AROUND) if out.is_terminal else None
    running = sum(found.running(index) for index in range(len(found.rows)))
    said = (
        f"{text.counted(running, 'run')} running at {text.moment(found.read_at)}; again every {every:g} s, until Ctrl-C"
    )
    order = sort if sort in found.metrics else None
    blocks = out.encoding.startswith("utf")
    rows = ranked(found, order, most)
    return Group(
        Text(said, style="bold"), table(found, out.width, rows=rows, curves=curves, blocks=blocks, known=known)
    )
