"""`tracklayer migrate --delete-source`: what is asked before, and what is said after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tracklayer.cli.boundary import FAILED, MISUSED
from tracklayer.cli.output import note

if TYPE_CHECKING:
    from tracklayer.migrate import MigrationSummary


def delete_proven(summary: MigrationSummary) -> None:
    """Delete the source's runs, when somebody has typed the source's URL. Exit code 2: something else was typed."""
    from tracklayer.migrate.deleting import delete_source  # noqa: PLC0415 -- only where it is asked for
    from tracklayer.render import text  # noqa: PLC0415

    runs = text.counted(len(summary.runs), "run")
    question = f"to delete {runs} of the source, which cannot be undone everywhere, type its URL: {summary.source}\n"
    typed = typer.prompt(question, default="", show_default=False, prompt_suffix="> ", err=True)
    if typed.strip() != summary.source:
        note("nothing was deleted: that is not the URL of the source")
        raise typer.Exit(MISUSED)
    count, kept = delete_source(summary.source, summary)
    note(f"deleted at the source: {text.counted(count, 'run')}")
    for failure in kept:
        note(f"not deleted: run {failure.run}{f' ({failure.name})' if failure.name else ''}: {failure.reason}")
    if kept:
        raise typer.Exit(FAILED)
