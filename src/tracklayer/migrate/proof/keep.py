"""Keep: a certificate written down, as JSON and as a page."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from tracklayer.errors import InvalidInput, MigrationError
from tracklayer.migrate.proof.certificate import Certificate
from tracklayer.migrate.proof.page import certificate_page


def beside(certificate: Path) -> Path:
    """Where the page of a certificate is, unless it is said: `migration.html` beside `migration.json`."""
    return certificate.with_suffix(".html")


def check_writable(path: Path) -> None:
    """May a file be written there? `InvalidInput` if not: better said before the work than behind it."""
    if path.is_dir() or not os.access(path.absolute().parent, os.W_OK):
        message = f"{path} cannot be written: give a file in a folder that is there"
        raise InvalidInput(message)


def keep(certificate: Certificate, json: Path | None, html: Path | None) -> None:
    """Write a certificate as JSON, and as a page; each file is there whole or not at all. `MigrationError`."""
    if json is not None:
        _write(json, certificate.model_dump_json(indent=1) + "\n")
    if html is not None:
        _write(html, certificate_page(certificate))


def _write(path: Path, text: str) -> None:
    coming = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        coming.write_text(text, encoding="utf-8")
        coming.replace(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise MigrationError(message) from error
    finally:
        coming.unlink(missing_ok=True)
