"""What a training is to raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def raised(*kinds: type[BaseException]) -> Iterator[None]:
    """The block must raise one of these; nothing of it is held."""
    try:
        yield
    except kinds:
        return
    raise AssertionError(kinds)
