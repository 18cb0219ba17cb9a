"""`tracklayer emulate`: clouds' services on this machine, and a command that is led to them."""

from __future__ import annotations

import json
import os
import shlex
import threading
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from tracklayer.cli.boundary import OK
from tracklayer.cli.output import console, emit, note, table
from tracklayer.errors import InvalidInput

if TYPE_CHECKING:
    from tracklayer.emulators.emulator import Emulator
    from tracklayer.emulators.stage import Stage

#: Where the parser leaves what stands after `--`.
_COMMAND = "tracklayer.emulate.command"


class WithCommand(TyperCommand):
    """A command line that may end in `-- COMMAND ...`, which is nobody's but the user's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Set aside what stands after the first `--`."""
        own, there, command = args, "--" in args, []
        if there:
            at = args.index("--")
            own, command = args[:at], args[at + 1 :]
        ctx.meta[_COMMAND] = command if there else None
        return super().parse_args(ctx, own)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Show it in the line of usage."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND ...]"]


def emulate(
    context: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME", help="What to emulate: sagemaker, vertex, azureml, oci, databricks, or all."),
    ],
    *,
    knob: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="How it behaves: search_lag=2. May be given again.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the proxy listens; with --direct, the emulator. 0: a free one.")
    ] = 0,
    direct: Annotated[
        bool,
        typer.Option("--direct", help="No proxy: AWS_ENDPOINT_URL and the like lead there, for SDKs that heed them."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="What was asked, as one JSON document: the last line on stdout.")
    ] = False,
) -> None:
    """Run a command against clouds' services on this machine: no account, no network, nothing to pay.

    The command gets fake credentials, and a proxy that leads the services' own host names to the emulators and
    refuses all others. Its output and its exit code are its own; what it asked is shown at the end, on stderr.
    Without a command, prints the variables to export, and stays until Ctrl-C. What was stored is gone at the end.
    """
    from tracklayer.cli.wrapped import interruptible, run  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.emulators.stage import emulated  # noqa: PLC0415

    command: list[str] | None = context.meta[_COMMAND]
    if command == []:
        raise InvalidInput("no command stands after --: write one, or leave -- out to get the variables to export")
    with (
        interruptible(),
        emulated(*_plain(names), knobs=_knobs(knob or []), port=port, direct=direct) as stage,
    ):
        if command is None:
            with suppress(KeyboardInterrupt):
                _tell(stage, as_json=as_json)
                threading.Event().wait()
            code = OK
        else:
            code = run(command, stage.around(os.environ))
        if as_json:
            emit({"command": command, "code": code, **_asked(stage)})
        else:
            _show(stage)
    raise typer.Exit(code)


def _plain(names: list[str]) -> list[str]:
    """The names, each once; `all` is all of them. A command without `--` before it looks like more of them."""
    from tracklayer.emulators.known import KNOWN  # noqa: PLC0415

    if names == ["all"]:
        return list(KNOWN)

    strange = next((name for name in names if name not in KNOWN), None)
    if strange is not None:
        hint = "" if strange == names[0] else "; a command stands after --"
        raise InvalidInput(f"no emulator {strange!r}: there is {', '.join(KNOWN)}, or all{hint}")
    return list(dict.fromkeys(names))


def _knobs(given: list[str]) -> dict[str, Any]:
    """The knobs as they were given: a value is JSON if it can be, else a text."""
    knobs: dict[str, Any] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals:
            raise InvalidInput(f"--knob {one}: write NAME=VALUE")
        try:
            knobs[name.strip()] = json.loads(text)
        except ValueError:
            knobs[name.strip()] = text
    return knobs


def _tell(stage: Stage, *, as_json: bool) -> None:
    """What a shell, or a program, has to set."""
    if as_json:
        unset = stage.hidden(os.environ)
        emit({"environment": dict(stage.environment), "unset": unset, "places": dict(stage.places)})
    else:
        for name in stage.hidden(os.environ):
            print(f"unset {name}")
        for name, text in sorted(stage.environment.items()):
            print(f"export {name}={shlex.quote(text)}")
        for place in stage.places.values():
            print(f"# tracklayer URL: {place}", flush=True)
    note(f"emulating {', '.join(stage.emulators)} until Ctrl-C or SIGTERM")


def _asked(stage: Stage) -> dict[str, Any]:
    refused = Counter(stage.proxy.refused) if stage.proxy else Counter()
    hosts = Counter(call.host for emulator in stage.emulators.values() for call in emulator.calls.all())
    return {
        "operations": [row for emulator in stage.emulators.values() for row in _operations(emulator)],
        "hosts": dict(sorted(hosts.items())),
        "refused": dict(sorted(refused.items())),
    }


def _operations(emulator: Emulator) -> list[dict[str, Any]]:
    """One row an operation, by name. `errors`: code, or the status where there was none -> how often."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for call in emulator.calls.all():
        row = rows.setdefault((call.service, call.operation), {"calls": 0, "errors": Counter(), "seconds": 0.0})
        row["calls"] += 1
        row["seconds"] += call.seconds
        if call.code or not 200 <= call.status < 400:  # noqa: PLR2004 -- HTTP's
            row["errors"][call.code or (str(call.status) if call.status else "no answer")] += 1
    return [
        {
            "emulator": emulator.name,
            "service": service,
            "operation": operation,
            "calls": row["calls"],
            "errors": dict(sorted(row["errors"].items())),
            "seconds": round(row["seconds"], 3),
        }
        for (service, operation), row in sorted(rows.items())
    ]


def _show(stage: Stage) -> None:
    """The same for people."""
    facts = _asked(stage)
    out = console(stderr=True)
    rows = [
        (
            f"{row['service']}.{row['operation']}",
            f"{row['calls']:,}",
            f"{sum(row['errors'].values()):,}",
            ", ".join(f"{count} {code}" for code, count in row["errors"].items()),
        )
        for row in facts["operations"]
    ]
    if rows:
        out.print(table(("operation", "calls", "errors", "which"), rows, right=["calls", "errors"]))
    else:
        note("nothing was asked")
    if facts["refused"]:
        out.print()
        out.print(
            table(("refused host", "times"), [(h, f"{n:,}") for h, n in facts["refused"].items()], right=["times"])
        )
