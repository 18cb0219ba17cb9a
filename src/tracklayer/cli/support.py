"""`tracklayer support`: what each provider can do, and how it is known."""

from __future__ import annotations

from typing import Annotated

import typer

from tracklayer.cli.options import AsJson
from tracklayer.cli.output import console, emit, note, table


def support(
    provider: Annotated[
        str | None, typer.Argument(metavar="[PROVIDER]", help="Only this one, in full. Default: all.")
    ] = None,
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/support.md.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what each provider can do, with reasons, limits and sources."""
    from tracklayer.cli import matrix  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.cli.providers import providers  # noqa: PLC0415

    found = providers(provider)
    for one in found:
        if one.lacks:
            note(one.lacks)
    if as_json:
        emit(matrix.as_json(found))
    elif markdown:
        print(matrix.as_markdown(found), end="")
    else:
        out = console()
        parts = list(matrix.sections(found))
        for section in parts if provider else parts[:1]:
            out.print(f"\n{section.title}" if section.level > 1 else section.title, style="bold")
            if section.headings:
                out.print(table(section.headings, section.rows))
        if provider is None:
            note("tracklayer support PROVIDER shows the reasons, limits and sources")
