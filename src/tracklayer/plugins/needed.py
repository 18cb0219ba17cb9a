"""The framework that a plugin is for: said in one line when it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracklayer.errors import DriverMissing


@contextmanager
def needed(plugin: str, pip: str) -> Iterator[None]:
    """Import a framework in the block. `DriverMissing`, which names the pip command, when it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"{plugin} needs the package {error.name!r}, which is not installed"
        raise DriverMissing(message, pip) from error
