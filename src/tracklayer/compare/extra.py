"""What of a comparison needs packages of the extra `compare`, and says so where they are missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from tracklayer.errors import DriverMissing

PIP = "pip install 'tracklayer[compare]'"


def needed(module: str, what: str) -> ModuleType:
    """A module of the extra, imported now. `DriverMissing` with the pip command without it. `what`: needs it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        message = f"{what} needs the package {module.partition('.')[0]!r}, which is not installed"
        raise DriverMissing(message, PIP) from error
