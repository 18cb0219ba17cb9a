"""Secrets are hidden before anything is written down: what the parts are called stands in `docs/redaction.md`."""

from tracklayer.api.redaction.marker import HIDDEN
from tracklayer.api.redaction.redactor import Redactor
from tracklayer.api.redaction.settings import Redaction

__all__ = ["HIDDEN", "Redaction", "Redactor"]
