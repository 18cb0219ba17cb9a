"""The format is what docs/archive.md says, and it does not change by accident."""

from __future__ import annotations

import re
from pathlib import Path

from tracklayer.drivers.archive import manifest, note, points
from tracklayer.drivers.archive.tables import ORIGIN, SOURCE, TABLES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "archive.md").read_text(encoding="utf-8")


def told() -> dict[str, list[str]]:
    """The columns of each table, as the page has them."""
    tables: dict[str, list[str]] = {}
    name = ""
    for cells in re.findall(r"^\| (`\w+`)? ?\| (`.+?`) \|", PAGE.partition("### The tables")[2], re.MULTILINE):
        name = cells[0].strip("`") or name
        tables.setdefault(name, []).extend(re.findall(r"`(\w+)`", cells[1]))
    return tables


def test_the_page_names_every_column_of_every_table() -> None:
    columns = {table.name: list(table.columns) for table in TABLES} | {points.TABLE: points.schema().names}
    assert told() == columns
    assert set(re.findall(r"`(\w+)`", PAGE)) >= {*SOURCE, *ORIGIN}


def test_the_page_and_the_note_name_the_version() -> None:
    assert f"## The format, version {manifest.VERSION}" in PAGE
    assert all(f"`{table}`" in note.TEXT for table in ("runs", "params", "points", "artifacts"))


def test_a_line_is_as_the_page_says() -> None:
    assert manifest.line_of({"sequence": 0, "previous": None}) == (
        '{"sequence":0,"previous":null,"sha256":"8bfc619dba286eef27153d879e3c9894f90f4cdc1d402e8249858bbfb99d3c4d"}'
    )
