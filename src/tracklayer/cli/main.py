"""The command `tracklayer`."""

from __future__ import annotations

from typing import Annotated

import typer

from tracklayer.cli.archive import archive
from tracklayer.cli.boundary import Boundary
from tracklayer.cli.compare import compare
from tracklayer.cli.demo import demo
from tracklayer.cli.doctor import doctor
from tracklayer.cli.emulate import WithCommand, emulate
from tracklayer.cli.experiments import experiments
from tracklayer.cli.migrate import migrate
from tracklayer.cli.runs import runs
from tracklayer.cli.show import show
from tracklayer.cli.support import support
from tracklayer.cli.sync import sync
from tracklayer.cli.ui import ui
from tracklayer.cli.verify import verify
from tracklayer.cli.watch import watch

EXIT_CODES = (
    "Exit codes: 0 done; 1 the work failed, or part of it (a provider's error, a place that is not reachable);"
    " 2 wrong input or usage; 3 a check found a difference; 130 interrupted."
)

app = typer.Typer(
    cls=Boundary,
    help="Log once, move runs between clouds, compare them on one page.",
    epilog=EXIT_CODES,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (experiments, runs, show, compare, watch, ui, migrate, verify, sync, support, doctor, demo):
    app.command()(command)
app.command(cls=WithCommand)(emulate)
app.add_typer(archive, name="archive")


def _version(asked: bool) -> None:
    if asked:
        from tracklayer import __version__  # noqa: PLC0415 -- the package brings the whole library

        print(f"tracklayer {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; TRACKLAYER_DEBUG=1 does it too.")
    ] = False,
) -> None:
    """Log once, move runs between clouds, compare them on one page."""
    del version, debug  # `_version` and the boundary read them
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """What the script `tracklayer` calls."""
    app(prog_name="tracklayer")
