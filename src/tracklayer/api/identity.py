"""Identity: the token that a run is known by before any place has given it an id."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Literal, NamedTuple
from uuid import uuid4

from tracklayer.api.ranks import LAUNCH, Rank, rank

_known: ContextVar[str | None] = ContextVar("tracklayer_known_token", default=None)
_lock = Lock()
_started: Counter[str] = Counter()


class Identity(NamedTuple):
    """`token`: of the run. `rank`: of this process among those that log to it; None for one that is alone."""

    token: str
    rank: int | None = None


def identity(experiment: str | None, name: str | None, *, shared: bool) -> Identity:
    """A new run's: its own, or, in a launch of several processes, the one that all of them find alike.

    All processes of a launch that start their n-th run of one experiment and name mean the same run.
    """
    known = _known.get()
    if known is not None:
        return Identity(known)
    found: Rank | None = rank() if shared else None
    if found is None or found.launch is None:
        return Identity(uuid4().hex)
    what = f"{found.launch}\n{experiment}\n{name}"
    with _lock:
        _started[what] += 1
        turn = _started[what]
    return Identity(hashlib.sha256(f"{what}\n{turn}".encode()).hexdigest()[:32], found.number)


@contextmanager
def known_as(token: str | None) -> Iterator[None]:
    """What is started in the block has this token: all who agree on it by themselves log to one run."""
    before = _known.set(token)
    try:
        yield
    finally:
        _known.reset(before)


def lonely() -> bool:
    """Is this one of several processes, and nothing tells that they belong together?"""
    found = rank()
    return found is not None and found.launch is None


#: What to do about that.
ADVICE = f"set {LAUNCH} to the same text, new for each launch, in all processes, and they log to one run"


def spelt(metric: str, rank: int | None, ranks: Literal["prefix", "tag", "same"]) -> str:
    """The name of a metric that a rank logs. The first speaks for the run: its names stay as they are."""
    if not rank or ranks == "same":
        return metric
    return f"rank{rank}/{metric}" if ranks == "prefix" else f"{metric}/rank{rank}"
