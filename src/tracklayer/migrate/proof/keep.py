"""Keep: a certificate written down, as JSON and as a page."""

from __future__ import annotations

from pathlib import Path

from tracklayer.errors import MigrationError, TracklayerError
from tracklayer.migrate.proof.certificate import Certificate
from tracklayer.migrate.proof.page import certificate_page
from tracklayer.render.files import write_text


def beside(certificate: Path) -> Path:
    """Where the page of a certificate is, unless it is said: `migration.html` beside `migration.json`."""
    return certificate.with_suffix(".html")


def keep(certificate: Certificate, json: Path | None, html: Path | None) -> None:
    """Write a certificate as JSON, and as a page; each file is there whole or not at all. `MigrationError`."""
    if json is not None:
        _write(json, certificate.model_dump_json(indent=1) + "\n")
    if html is not None:
        _write(html, certificate_page(certificate))


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text)
    except TracklayerError as error:
        raise MigrationError(str(error)) from error
