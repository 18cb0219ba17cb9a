"""Calls to providers, counted by what the trace says of them."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

TRACE = "tracklayer.trace"


def counted(caplog: pytest.LogCaptureFixture) -> Counter[str]:
    """How often each method was called since `listen`."""
    return Counter(record.getMessage().split()[1] for record in caplog.records if record.name == TRACE)


def listen(caplog: pytest.LogCaptureFixture) -> None:
    """Begin to count."""
    caplog.set_level(logging.DEBUG, TRACE)
    caplog.clear()
