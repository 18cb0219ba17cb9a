"""`tracklayer archive`: is an archive as it was written, and is all of it in its tables?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracklayer.cli.boundary import DIFFERENT
from tracklayer.cli.options import AsJson
from tracklayer.cli.output import console, document, emit, note

if TYPE_CHECKING:
    from tracklayer.drivers.archive import Checked

#: Findings that are printed; `--json` has them all.
MOST_FINDINGS = 100

archive = typer.Typer(help="Check and seal portable archives (archive:/path).", pretty_exceptions_enable=False)

Folder = Annotated[str, typer.Argument(metavar="PATH", help="The archive: its folder, or its URL archive:/path.")]
Head = Annotated[
    str | None,
    typer.Option("--head", metavar="SHA256", help="The digest of the manifest's last line, as you noted it elsewhere."),
]


@archive.command()
def check(path: Folder, *, head: Head = None, as_json: AsJson = False) -> None:
    """Read every byte of an archive, and name each file that was altered, is missing, or was added.

    Writes nothing into it. The exit code is 3 when there is such a file. Without --head, an archive that was written
    anew as a whole, or whose last part was cut off with all that belongs to it, looks like one that never was.
    """
    from tracklayer.drivers.archive import check as checked  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    found = checked(_folder(path), head=head)
    if as_json:
        emit({"ok": found.ok, **document(found)})
    else:
        report(found)
    if not found.ok:
        raise typer.Exit(DIFFERENT)


@archive.command()
def seal(path: Folder) -> None:
    """Put what killed processes left unsealed into the tables of the archive.

    Nothing else needs it: what ends well seals what it wrote.
    """
    from tracklayer.drivers.archive import seal_archive  # noqa: PLC0415

    seal_archive(_folder(path))


def report(found: Checked) -> None:
    """What was found, for a reader."""
    from tracklayer.render import text  # noqa: PLC0415

    out = console()
    for finding in found.findings[:MOST_FINDINGS]:
        out.print(f"{text.plain(finding.path)}: {text.plain(finding.what)}", soft_wrap=True)
    if len(found.findings) > MOST_FINDINGS:
        out.print(f"... and {len(found.findings) - MOST_FINDINGS:,} more: --json names them all")
    says = "all is as it was written" if found.ok else text.counted(len(found.findings), "file") + " not as written"
    read = f"{text.counted(found.files, 'file')}, {text.size(found.bytes)}"
    out.print(f"{text.plain(found.path)}: {read}: {says}", soft_wrap=True)
    if found.head is not None:
        out.print(f"head: {found.head}", soft_wrap=True)
    if found.open is not None and found.open.runs + found.open.experiments:
        note(
            f"not in the tables yet: {text.counted(found.open.runs, 'run')},"
            f" {text.counted(found.open.points, 'point')}: who writes them seals them, or `tracklayer archive seal`"
        )


def _folder(given: str) -> Path:
    from tracklayer.drivers.archive.config import ArchiveConfig  # noqa: PLC0415

    return ArchiveConfig.of(given).path if given.startswith("archive:") else Path(given)
