"""`tracklayer migrate --dry-run`: the plan, for a reader, for a program and for a reviewer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tracklayer.cli.boundary import FAILED
from tracklayer.cli.output import console, document, emit, note, progress, table

if TYPE_CHECKING:
    from tracklayer.migrate.plan.plan import Plan
    from tracklayer.migrate.summary import Progress

#: Rows of each table that are printed; `--json` has them all.
MOST_ROWS = 20


def dry_run(source: str, target: str, *, as_json: bool, html: Path | None, **wanted: Any) -> None:
    """Plan a migration, and print it. `wanted`: what `plan` takes beside the places. Exit code 1: not all would go."""
    if html is not None:
        from tracklayer.render.files import check_writable, write_text  # noqa: PLC0415 -- `--help` needs none

        check_writable(html)
    made = planned(source, target, **wanted)
    if html is not None:
        from tracklayer.migrate.plan.page import plan_page  # noqa: PLC0415 -- `tracklayer --help` needs none of it

        write_text(html, plan_page(made))
    if as_json:
        emit(document(made))
    else:
        report(made)
    if not made.ok:
        raise typer.Exit(FAILED)


def planned(source: str, target: str, **wanted: Any) -> Plan:
    """A plan, made under a progress bar."""
    from tracklayer.migrate.plan.planning import plan  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    with progress("read") as bars:
        task = bars.add_task("looking for runs", total=None, read="")

        def tell(now: Progress) -> None:
            from tracklayer.render import text  # noqa: PLC0415

            name = text.shortened(text.plain(now.run), 24)
            bars.update(task, total=now.total, completed=now.done, read=f"{now.points:,} points", description=name)

        return plan(source, target, progress=tell, **wanted)


def report(plan: Plan) -> None:
    """The plan for a reader: figures first, then what changes, then what somebody should look at."""
    from tracklayer.migrate.plan import telling  # noqa: PLC0415
    from tracklayer.render import text  # noqa: PLC0415

    out = console()
    out.print(f"plan: from {text.plain(plan.source)} to {text.plain(plan.target)}", soft_wrap=True)
    out.print(table(("what", "figures"), telling.facts(plan)))
    changes = list(telling.changed(plan.changes))
    if changes:
        out.print(table(("what becomes of it", "how many", "why", "such as"), changes[:MOST_ROWS]))
    if len(changes) > MOST_ROWS:
        note(f"... and {len(changes) - MOST_ROWS} more kinds of changes: --json has them all")
    for where, why, count in telling.inexact(plan)[:MOST_ROWS]:
        note(f"approximate at the source, in {text.counted(count, 'run')}: {where}: {why}")
    problems = list(telling.attention(plan))
    for what, why in problems[:MOST_ROWS]:
        note(f"would not be copied whole: {what}: {why}")
    if len(problems) > MOST_ROWS:
        note(f"... and {len(problems) - MOST_ROWS} more: --json names them all")
    out.print(telling.verdict(plan), soft_wrap=True)
