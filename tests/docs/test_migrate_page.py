"""The page on migration has the table of all moves as the traits give it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "migrate.md"
COMMAND = "tracklayer support --moves --markdown"
BEGIN, END = f"<!-- made by: {COMMAND} -->", "<!-- until here -->"


def test_the_table_of_moves_is_what_the_command_writes() -> None:
    told = subprocess.run(
        [Path(sys.executable).with_name("tracklayer"), *COMMAND.split()[1:]], capture_output=True, text=True, check=True
    )
    page = PAGE.read_text(encoding="utf-8")
    _, begun, rest = page.partition(BEGIN)
    table, ended, _ = rest.partition(END)
    assert begun
    assert ended
    assert table.strip() == told.stdout.strip(), f"write it anew between the two comments: {COMMAND}"
