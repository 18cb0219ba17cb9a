"""The page on the command line names every command and option, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from tracklayer.cli.boundary import DIFFERENT, FAILED, INTERRUPTED, MISUSED, OK
from tracklayer.cli.main import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
ROOT = typer.main.get_command(app)
COMMANDS = ROOT.commands  # type: ignore[attr-defined] # a group's


def options(command: object) -> set[str]:
    """The long names of a command's options, and of those of the commands below it."""
    own = {
        option
        for parameter in command.params  # type: ignore[attr-defined] # a command's
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
    return own.union(*map(options, getattr(command, "commands", {}).values()))


def test_every_command_is_on_the_page() -> None:
    assert set(re.findall(r"`tracklayer ([a-z]+)", PAGE)) == set(COMMANDS)


def test_every_option_is_on_the_page() -> None:
    there = options(ROOT) | {"--help"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE)) == there - {"--install-completion", "--show-completion"}


def test_every_exit_code_is_on_the_page() -> None:
    table = PAGE.partition("## Exit codes")[2]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} >= {
        OK,
        FAILED,
        MISUSED,
        DIFFERENT,
        INTERRUPTED,
    }
