"""`tracklayer migrate`: runs from one place to another."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from tracklayer.cli.boundary import FAILED
from tracklayer.cli.options import AsJson, Experiment, Filter
from tracklayer.cli.output import console, document, emit, note, progress

if TYPE_CHECKING:
    from tracklayer.migrate import MigrationSummary, Progress

#: Failures, and kinds of what is approximate, that are printed; `--json` has them all.
MOST_FAILURES = MOST_REASONS = 20


def migrate(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="URL of the place to copy from.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="URL of the place to copy to.")],
    *,
    experiment: Experiment = None,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="Only this run: its id or URL.")] = None,
    filter: Filter = "",
    as_json: AsJson = False,
) -> None:
    """Copy runs from one place to another, with every point and file, their times, types and status.

    Copying again doubles nothing and goes on where it was interrupted. Deleted runs are not copied.
    A run that fails does not keep the others: it is named, and the exit code is 1.
    """
    summary = migrated(source, target, experiment=experiment, run=run, filter=filter)
    if as_json:
        emit(document(summary))
    else:
        report(summary)
    if not summary.ok:
        raise typer.Exit(FAILED)


def migrated(
    source: str, target: str, *, experiment: str | None = None, run: str | None = None, filter: str = ""
) -> MigrationSummary:
    """A migration under a progress bar."""
    from tracklayer.migrate import migrate as move  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    with progress("moved") as bars:
        task = bars.add_task("looking for runs", total=None, moved="")

        def tell(now: Progress) -> None:
            from tracklayer.render import text  # noqa: PLC0415

            moved = f"{now.points:,} points, {now.files:,} files, {text.size(now.bytes)}"
            name = text.shortened(text.plain(now.run), 24)
            bars.update(task, total=now.total, completed=now.done, moved=moved, description=name)

        return move(source, target, experiment=experiment, run=run, filter=filter, progress=tell)


def report(summary: MigrationSummary) -> None:
    """What was done, for a reader."""
    from tracklayer.render import text  # noqa: PLC0415

    out = console()
    sent = [text.counted(summary.params, "param"), text.counted(summary.points, "point")]
    sent.append(f"{text.counted(summary.files, 'file')} ({text.size(summary.bytes)})")
    places = f"from {text.plain(summary.source)} to {text.plain(summary.target)}"
    out.print(f"{text.counted(summary.copied, 'run')} copied {places}: {', '.join(sent)}")
    if summary.there:
        out.print(f"there already, unchanged: {text.counted(summary.there, 'run')}")
    if summary.orphans:
        out.print(f"without a parent, because theirs was not selected: {text.counted(summary.orphans, 'run')}")
    if summary.deleted:
        out.print(f"not copied, because deleted: {text.counted(summary.deleted, 'run')}")
    report_approximate(summary)
    for failure in summary.failed[:MOST_FAILURES]:
        name = f" ({failure.name})" if failure.name else ""
        what = "an experiment" if failure.run is None else f"run {failure.run}{name}"
        note(f"not copied: {what}: {failure.reason}")
    if len(summary.failed) > MOST_FAILURES:
        note(f"... and {len(summary.failed) - MOST_FAILURES} more that were not copied: --json names them all")


def report_approximate(summary: MigrationSummary) -> None:
    """How true the copies are: fields that the source does not hold exactly, by field and reason."""
    from tracklayer.render import text  # noqa: PLC0415

    told = Counter(pair for fields in summary.approximate.values() for pair in fields.items())
    for (where, why), count in told.most_common(MOST_REASONS):
        note(f"approximate at the source, in {text.counted(count, 'run')}: {text.plain(where)}: {why}")
    if len(told) > MOST_REASONS:
        note(f"... and {len(told) - MOST_REASONS} more kinds: --json names them all")
