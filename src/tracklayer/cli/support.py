"""`tracklayer support`: what each provider can do, and how it is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from tracklayer.cli.options import AsJson
from tracklayer.cli.output import console, emit, note, table

if TYPE_CHECKING:
    from tracklayer.cli.matrix import Section


def support(
    provider: Annotated[
        str | None, typer.Argument(metavar="[PROVIDER]", help="Only this one, in full. Default: all.")
    ] = None,
    *,
    moves: Annotated[
        bool, typer.Option("--moves", help="From each place to each: what the target does not hold itself.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The page docs/support.md; with --moves a part of docs/migrate.md.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what each provider can do, with reasons, limits and sources."""
    from tracklayer.cli import matrix  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.cli.moves import sections  # noqa: PLC0415
    from tracklayer.cli.providers import providers  # noqa: PLC0415

    if moves and (provider is not None or as_json):
        raise typer.BadParameter("--moves is of all providers, as tables or as --markdown")
    found = providers(provider)
    for one in found:
        if one.lacks:
            note(one.lacks)
    if as_json:
        emit(matrix.as_json(found))
    elif markdown:
        print(matrix.markdown(sections(found)) if moves else matrix.as_markdown(found), end="")
    elif moves:
        show(sections(found))
    else:
        parts = list(matrix.sections(found))
        show(parts if provider else parts[:1])
        if provider is None:
            note("tracklayer support PROVIDER shows the reasons, limits and sources")


def show(parts: Iterable[Section]) -> None:
    """Tables, each below its heading."""
    out = console()
    for section in parts:
        out.print(f"\n{section.title}" if section.level > 1 else section.title, style="bold")
        if section.headings:
            out.print(table(section.headings, section.rows))
