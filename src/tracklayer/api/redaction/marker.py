"""The marker that stands where a secret stood."""

from __future__ import annotations

#: Short, the same everywhere, and never taken for a secret itself: to redact twice is to redact once.
HIDDEN = "***"
