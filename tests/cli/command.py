"""The command as users have it: in a process of its own, or quickly within this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from tracklayer.cli.main import app

#: Seconds that a command may take on a busy machine.
PATIENCE = 120
MAIN = "from tracklayer.cli.main import main; main()"


def process(*arguments: str, cwd: Path, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`tracklayer ARGUMENTS` in a process of its own; `before`: Python that it runs first."""
    kept = {name: text for name, text in os.environ.items() if name not in {"TRACKLAYER_URL", "COLUMNS"}}
    return subprocess.run(
        [sys.executable, "-c", f"{before}\n{MAIN}", *arguments],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def command(*arguments: str, **environment: str) -> Result:
    """`tracklayer ARGUMENTS` within this process, with stdout and stderr apart."""
    return CliRunner(env={"COLUMNS": None, "TRACKLAYER_DEBUG": None, **environment}).invoke(app, arguments)


def answer(*arguments: str, code: int = 0) -> Any:
    """The one JSON document that a command prints; the last one of a migration, which says how far it is, too."""
    done = command(*arguments, "--json")
    assert done.exit_code == code, done.stderr
    *before, last = done.stdout.splitlines()
    assert bool(before) == (arguments[0] == "migrate" and "--dry-run" not in arguments)
    assert all(json.loads(line)["event"] == "progress" for line in before)
    return json.loads(last)
