"""Seconds until the first value can be logged, in an empty folder."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import VALUES
from benchmarks.logging.subjects.subject import Subject


def start(subject: Subject, _request: dict[str, Any], _channel: Channel) -> dict[str, Any]:
    """The import, the start of a run, the first call. The files are in the system's cache: `prepare` read them."""
    began = perf_counter()
    subject.load()
    imported = perf_counter()
    scalar = subject.start().scalar
    started = perf_counter()
    scalar(0, VALUES[0])
    logged = perf_counter()
    subject.finish()
    return {"import": imported - began, "start": started - imported, "first": logged - started}
