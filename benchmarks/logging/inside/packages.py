"""What is installed in a subject's environment; also tries that it works at all."""

from __future__ import annotations

from importlib.metadata import distributions
from typing import Any

from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import SCALAR, VALUES
from benchmarks.logging.inside.reading import read_back
from benchmarks.logging.subjects.subject import Subject

POINTS = 3


def packages(subject: Subject, _request: dict[str, Any], _channel: Channel) -> dict[str, Any]:
    """Names and versions, after a small run that was read back."""
    subject.load()
    scalar = subject.start().scalar
    for step in range(POINTS):
        scalar(step, VALUES[step])
    subject.finish()
    _, stored = read_back(subject, [SCALAR], POINTS)
    if stored != POINTS:
        raise AssertionError(f"logged {POINTS} points and read {stored}")
    return {"packages": {one.metadata["Name"]: one.version for one in distributions()}}
