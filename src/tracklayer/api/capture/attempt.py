"""A look at something that may not be there: a training never fails because of what is captured beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

log = logging.getLogger("tracklayer")

T = TypeVar("T")


def attempt(what: str, call: Callable[..., T], *given: Any) -> T | None:
    """What a call gives; None, and a debug record, where it fails in whatever way."""
    try:
        return call(*given)
    except Exception as error:  # noqa: BLE001 -- whatever a library throws: training is not to know
        log.debug("%s is left out: %s: %s", what, type(error).__name__, error)
        return None


def optional(module: str) -> ModuleType | None:
    """A module, imported now; None where it is not installed or does not load."""
    return attempt(f"the module {module}", import_module, module)
