"""`tracklayer migrate`: runs from one place to another, and the proof of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracklayer.cli.boundary import DIFFERENT, FAILED
from tracklayer.cli.options import Engine, Experiment, Filter, OneRun, Since, Workers, in_utc
from tracklayer.cli.output import console, document, emit, note
from tracklayer.cli.underway import bars, events

if TYPE_CHECKING:
    from tracklayer.migrate import MigrationSummary

#: Failures, and kinds of what is approximate, that are printed; `--json` has them all.
MOST_FAILURES = MOST_REASONS = 20
#: Where the certificate goes if nothing is said; its page beside it.
CERTIFICATE = Path("migration.json")


def migrate(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="URL of the place to copy from.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="URL of the place to copy to.")],
    *,
    experiment: Experiment = None,
    run: OneRun = None,
    filter: Filter = "",
    since: Since = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing: say what would become of each run.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="The page to read: of the plan, or of the certificate."),
    ] = None,
    on_conflict: Annotated[
        str,
        typer.Option(
            metavar="merge|rename|fail", help="What to do where another experiment of that name is there already."
        ),
    ] = "merge",
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Of runs that go on, write only what is new, by the ledger.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Read both places anew at the end, and compare everything.")
    ] = True,
    certificate: Annotated[
        Path, typer.Option("--certificate", metavar="FILE", help="Where the certificate goes; its page is beside it.")
    ] = CERTIFICATE,
    delete_source: Annotated[
        bool, typer.Option("--delete-source", help="Delete what is proven to be there; asks you to type the URL first.")
    ] = False,
    engine: Engine = "threads",
    workers: Workers = None,
    ledger: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who knows how far it came. Default: in $TRACKLAYER_HOME.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON lines on stdout: how far it is, and at the end what was done.")
    ] = False,
) -> None:
    """Copy runs from one place to another, with every point and file, their times, types and status; and prove it.

    The same command again doubles nothing and goes on where it was interrupted. Deleted runs are not copied.
    A run that fails does not keep the others: it is named, and the exit code is 1; it is 3 for a difference that
    nothing explains.
    """
    selected: dict[str, Any] = {"experiment": experiment, "run": run, "filter": filter, "since": in_utc(since)}
    if dry_run:
        from tracklayer.cli.plan import dry_run as plan  # noqa: PLC0415 -- only where it is asked for

        how = {"on_conflict": on_conflict, "incremental": incremental, "ledger": ledger}
        plan(source, target, as_json=as_json, html=html, **how, **selected)
        return
    if delete_source:
        from tracklayer.migrate.deleting import check_deletable  # noqa: PLC0415 -- only where it is asked for

        if not verify:
            raise typer.BadParameter("--delete-source needs the proof that --no-verify leaves out")
        check_deletable(source)
    from tracklayer.migrate.proof.keep import beside, keep  # noqa: PLC0415 -- `--help` needs none of it
    from tracklayer.render.files import check_writable  # noqa: PLC0415

    page = html or beside(certificate)
    for path in (certificate, page) if verify else ():
        check_writable(path)
    summary = migrated(
        source,
        target,
        as_json=as_json,
        on_conflict=on_conflict,
        incremental=incremental,
        verify=verify,
        engine=engine,
        workers=workers,
        ledger=ledger,
        **selected,
    )
    if summary.certificate is not None:
        keep(summary.certificate, certificate, page)
    if as_json:
        emit(document(summary))
    else:
        report(summary)
        if summary.certificate is not None:
            console().print(f"certificate: {certificate}, to read: {page}", soft_wrap=True)
    if not summary.ok:
        different = summary.certificate is not None and summary.certificate.unexplained
        raise typer.Exit(DIFFERENT if different and not summary.failed else FAILED)
    if delete_source:
        from tracklayer.cli.deletion import delete_proven  # noqa: PLC0415 -- only where it is asked for

        delete_proven(summary)


def migrated(source: str, target: str, *, as_json: bool = False, **wanted: Any) -> MigrationSummary:
    """A migration under a progress bar, or with JSON lines that say how far it is."""
    from tracklayer.migrate import migrate as move  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    with events() if as_json else bars() as tell:
        return move(source, target, progress=tell, **wanted)


def report(summary: MigrationSummary) -> None:
    """What was done, for a reader."""
    from tracklayer.render import text  # noqa: PLC0415

    out = console()
    sent = [text.counted(summary.params, "param"), text.counted(summary.points, "point")]
    sent.append(f"{text.counted(summary.files, 'file')} ({text.size(summary.bytes)})")
    places = f"from {text.plain(summary.source)} to {text.plain(summary.target)}"
    out.print(f"{text.counted(summary.copied, 'run')} copied {places}: {', '.join(sent)}", soft_wrap=True)
    if summary.there:
        out.print(f"there already, unchanged: {text.counted(summary.there, 'run')}")
    if summary.orphans:
        out.print(f"without a parent, because theirs was not selected: {text.counted(summary.orphans, 'run')}")
    if summary.deleted:
        out.print(f"not copied, because deleted: {text.counted(summary.deleted, 'run')}")
    for failure in summary.failed[:MOST_FAILURES]:
        name = f" ({failure.name})" if failure.name else ""
        what = "an experiment" if failure.run is None else f"run {failure.run}{name}"
        note(f"not copied: {what}: {failure.reason}")
    if len(summary.failed) > MOST_FAILURES:
        note(f"... and {len(summary.failed) - MOST_FAILURES} more that were not copied: --json names them all")
    if summary.certificate is None:
        report_approximate(summary)
    else:
        from tracklayer.cli.verify import report as report_certificate  # noqa: PLC0415

        report_certificate(summary.certificate)


def report_approximate(summary: MigrationSummary) -> None:
    """How true the copies are: fields that the source does not hold exactly, by field and reason."""
    from tracklayer.render import text  # noqa: PLC0415

    told = Counter(pair for fields in summary.approximate.values() for pair in fields.items())
    for (where, why), count in told.most_common(MOST_REASONS):
        note(f"approximate at the source, in {text.counted(count, 'run')}: {text.plain(where)}: {why}")
    if len(told) > MOST_REASONS:
        note(f"... and {len(told) - MOST_REASONS} more kinds: --json names them all")
