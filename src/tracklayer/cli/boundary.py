"""Boundary: what goes wrong in a command becomes one line on stderr and an exit code, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from tracklayer.errors import InvalidInput, TracklayerError, Unsupported

OK, FAILED, MISUSED, DIFFERENT, INTERRUPTED = 0, 1, 2, 3, 130
DEBUG = "TRACKLAYER_DEBUG"

#: What typer raises for arguments that it cannot take: a class of its own or click's, by its version.
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")


class Boundary(TyperGroup):
    """The root of the commands: catches what they raise.

    * `InvalidInput`, `Unsupported` and wrong arguments: 2. Every other error: 1. Ctrl-C: 130.
    * A reader that has seen enough (`| head`) is no error.
    * `--debug`, or TRACKLAYER_DEBUG=1, shows the traceback as well.
    """

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command line, and exit."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a name may hold letters that the terminal's encoding lacks
                stream.reconfigure(errors="backslashreplace")
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra)
        except typer.Abort:
            code = INTERRUPTED
        except _UsageError as error:
            code = MISUSED
            context = getattr(error, "ctx", None)
            path = "tracklayer" if context is None else context.command_path
            complain(f"{error.format_message()} ({path} --help says more)")  # type: ignore[attr-defined] # a UsageError's
        sys.exit(code if isinstance(code, int) else OK)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go(sys.stdout)
            raise typer.Exit(OK) from None
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except TracklayerError as error:
            _trace(ctx, error)
            complain(str(error))
            raise typer.Exit(MISUSED if isinstance(error, (InvalidInput, Unsupported)) else FAILED) from None
        except (typer.Exit, typer.Abort, _UsageError):
            raise
        except Exception as error:  # noqa: BLE001 -- nothing may end in a traceback unasked
            if not _trace(ctx, error):
                complain(
                    f"unexpected {type(error).__name__}: {error} (tracklayer --debug ... shows where; please report it)"
                )
            raise typer.Exit(FAILED) from None
        return answer


def complain(message: str) -> None:
    """One line on stderr, whatever the message holds."""
    from tracklayer.render.text import plain  # noqa: PLC0415 -- only when there is something to say

    print(f"tracklayer: {plain(' '.join(message.split()))}", file=sys.stderr)


def _trace(ctx: Any, error: BaseException) -> bool:
    """Print the traceback if it is asked for."""
    asked = bool(ctx.params.get("debug")) or os.environ.get(DEBUG, "") not in {"", "0"}
    if asked:
        traceback.print_exception(error)
    return asked


def _let_go(stream: Any) -> None:
    """Give the stream nowhere to go, so that Python's own flush at the end finds no broken pipe."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 -- a device, not a file
        os.dup2(nowhere.fileno(), stream.fileno())
