"""Signatures stay out of logs: urllib3 writes each request's URL there, if somebody lets it say so much."""

from __future__ import annotations

import logging

from tracklayer.drivers.azure.errors import unsigned


class _Unsigned(logging.Filter):
    """Lets every record pass, those of signed URLs without their query."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_shown, record.args))
        return True


def _shown(part: object) -> object:
    return unsigned(part) if isinstance(part, str) and "sig=" in part else part


_FILTER = _Unsigned()


def hide_signatures() -> None:
    """From now on urllib3's log has no query of a signed URL, whoever sends it. Twice is once."""
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_FILTER)
