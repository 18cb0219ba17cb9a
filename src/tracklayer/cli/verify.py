"""`tracklayer verify`: are the copies what was copied?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracklayer.cli.boundary import DIFFERENT, FAILED
from tracklayer.cli.options import AsJson, Engine, Experiment, Filter, OneRun, Since, Workers, in_utc
from tracklayer.cli.output import console, document, emit, note, progress, table

if TYPE_CHECKING:
    from tracklayer.migrate.proof.certificate import Certificate
    from tracklayer.migrate.proof.verify import Checked

#: Differences, and kinds of other things, that are printed; `--json` and `--certificate` have more.
MOST_DIFFERENCES, MOST_KINDS = 100, 20

Json = Annotated[Path | None, typer.Option("--certificate", metavar="FILE", help="Write the certificate, as JSON.")]
Page = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the certificate as a page to read.")]


def verify(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="URL of the place that was copied from.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="URL of the place that was copied to.")],
    *,
    experiment: Experiment = None,
    run: OneRun = None,
    filter: Filter = "",
    since: Since = None,
    certificate: Json = None,
    html: Page = None,
    ignore_extra: Annotated[
        bool, typer.Option("--ignore-extra", help="Do not tell of runs that were logged at the target itself.")
    ] = False,
    engine: Engine = "threads",
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Read both places anew and compare everything: every param, tag, point, time, and every byte of every file.

    A difference that nothing explains is named, and the exit code is 3; it is 1 when a run could not be read.
    """
    from tracklayer.migrate.proof.keep import keep  # noqa: PLC0415 -- `--help` needs none of it
    from tracklayer.render.files import check_writable  # noqa: PLC0415

    for path in (certificate, html):
        if path is not None:
            check_writable(path)
    found = verified(
        source,
        target,
        experiment=experiment,
        run=run,
        filter=filter,
        since=in_utc(since),
        ignore_extra=ignore_extra,
        engine=engine,
        workers=workers,
    )
    keep(found, certificate, html)
    if as_json:
        emit(document(found))
    else:
        report(found)
    if not found.clean:
        raise typer.Exit(DIFFERENT if found.unexplained else FAILED)


def verified(source: str, target: str, **wanted: Any) -> Certificate:
    """A verification under a progress bar."""
    from tracklayer.migrate.proof.verify import verify as check  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.render import text  # noqa: PLC0415

    with progress("compared") as bars:
        task = bars.add_task("looking for runs", total=None, compared="")

        def tell(now: Checked) -> None:
            compared = f"{now.points:,} points, {now.files:,} files, {text.size(now.bytes)}"
            found = f"{text.counted(now.unexplained, 'difference')}"
            bars.update(task, total=now.total, completed=now.done, compared=compared, description=found)

        return check(source, target, progress=tell, **wanted)


def report(found: Certificate) -> None:
    """What was found, for a reader."""
    from tracklayer.migrate.proof.page import verdict  # noqa: PLC0415
    from tracklayer.render import text  # noqa: PLC0415

    out, counts = console(), found.counts
    rows = [("experiments", f"{found.experiments:,}"), ("runs", f"{len(found.runs):,}")]
    rows += [(name, f"{getattr(counts, name):,}") for name in ("params", "tags", "metrics", "points", "files")]
    out.print(table(("compared", "count"), [*rows, ("bytes", text.size(counts.bytes))], right=("count",)))
    for difference in found.differences[:MOST_DIFFERENCES]:
        out.print(f"differs: {difference.line()}", soft_wrap=True)
    if found.unexplained > MOST_DIFFERENCES:
        out.print(f"... and {found.unexplained - MOST_DIFFERENCES:,} more differences: --json has them")
    explained = Counter((one.what, one.reason) for one in found.explained)
    for (what, why), count in explained.most_common(MOST_KINDS):
        out.print(f"explained, {text.counted(count, 'difference')}: {what}: {text.plain(why)}", soft_wrap=True)
    for one in found.approximate[:MOST_KINDS]:
        out.print(f"approximate, in {text.counted(one.runs, 'run')}: {text.plain(one.field)}: {text.plain(one.why)}")
    for remark in found.notes:
        out.print(f"note: {text.plain(remark)}", soft_wrap=True)
    for unread in found.unread[:MOST_KINDS]:
        note(f"not compared: run {unread.run}{f' ({unread.name})' if unread.name else ''}: {unread.reason}")
    if len(found.unread) > MOST_KINDS:
        note(f"... and {len(found.unread) - MOST_KINDS:,} more that were not compared: --json names them all")
    out.print(verdict(found), soft_wrap=True)
    out.print(f"root digest: {found.root}", soft_wrap=True)
