"""Whatever a user names, the terminal is shown text."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from tests.cli.command import command

import tracklayer as tl

NAMES = [
    "[bold]loud[/bold]",
    "[/]",
    "[link=javascript:x]y[/link]",
    "\x1b]0;title\x07\x1b[2J",
    "\x9b31m",
    "\u202egnp.exe",
    "two\nlines\r\ttab",
    ":boom: %s {0} {{x}} \\",
]


@pytest.fixture(params=NAMES, ids=ascii)
def run_url(request: pytest.FixtureRequest, place: str) -> str:
    name = request.param
    with tl.start_run(name, name=name, to=place, params={name: name}, tags={name: name}, description=name) as run:
        run.log_metric(name, 0.5)
        run.log_metric(name, 0.25, step=1)
        run.log_text("x", "a[bold] b/c.txt")
    return run.url


def test_tables_show_text(run_url: str, place: str) -> None:
    with tl.connect(place) as client:
        name = str(client.run(run_url).name)
    hostile = f"memory://{uuid4().hex}"
    tl.migrate(place, hostile)
    commands = [
        ("experiments", place),
        ("runs", place),
        ("show", run_url),
        ("compare", place, hostile),
        ("show", run_url, "--history", "nosuch"),
        ("runs", place, "--experiment", name + "?"),
    ]
    for arguments in commands:
        for environment in ({}, {"FORCE_COLOR": "1"}):
            done = command(*arguments, **environment)
            assert done.exit_code in {0, 1, 2}, arguments
            shown = done.stdout + done.stderr
            assert "Traceback" not in shown
            assert not any(sign in shown for sign in ("\x1b]", "\x1b[2J", "\x9b", "\u202e", "\r", "\x07"))
            if name.isprintable() and not environment:
                assert name in shown, arguments


def test_json_keeps_the_name_and_sends_ascii(run_url: str, place: str) -> None:
    with tl.connect(place) as client:
        name = client.run(run_url).name
    for arguments in (("runs", place), ("show", run_url), ("compare", place)):
        done = command(*arguments, "--json")
        assert done.exit_code == 0
        assert done.stdout.isascii()
        assert not any(ord(letter) < 32 for letter in done.stdout.rstrip("\n"))
        assert json.dumps(name) in done.stdout
        json.loads(done.stdout)
