"""Packages that only some calls need."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from tracklayer.errors import DriverMissing


def late(module: str, *, needed_for: str, pip: str) -> ModuleType:
    """A module, imported now. `DriverMissing`, which names the pip command, when its package is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        message = f"{needed_for} needs the package {error.name!r}, which is not installed"
        raise DriverMissing(message, pip) from None
