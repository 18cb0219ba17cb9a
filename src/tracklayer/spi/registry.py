"""URL scheme -> driver, by entry point. Ours and third parties' are found the same way."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from threading import RLock

from tracklayer.errors import DriverMissing, InvalidInput
from tracklayer.spi.driver import Driver

GROUP = "tracklayer.drivers"
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
#: The authority, and all behind it.
AUTHORITY = re.compile(r"[^/]*//(?P<place>[^/?#]*)(?P<rest>.*)", re.DOTALL)

#: Held while a driver is imported. Drivers share modules: two threads that each hold one that the other waits for are
#: told by Python to go on with half of it, which fails. https://github.com/python/cpython/issues/83065
_loading = RLock()


def scheme_of(url: str) -> str:
    """The scheme of a tracklayer URL. `InvalidInput` when there is none, or when the URL carries credentials."""
    found = SCHEME.match(url)
    if found is None:
        message = f"not a tracklayer URL: {_shown(url)!r}; write SCHEME:PLACE, with SCHEME one of {_listed()}"
        raise InvalidInput(message)
    if _carries_credentials(url):
        message = (
            f"credentials do not belong in a URL: {_shown(url)!r}; take them out, and give them to the provider's own"
            " environment variables or files (docs: Credentials)"
        )
        raise InvalidInput(message)
    return found[1].lower()


def driver_class(scheme: str) -> type[Driver]:
    """The driver class that serves a scheme. `InvalidInput` for an unknown one, `DriverMissing` without its package."""
    entry = _entries().get(scheme)
    if entry is None:  # it may have been installed meanwhile
        _entries_on.cache_clear()
        entry = _entries().get(scheme)
    if entry is None:
        message = f"unknown URL scheme {scheme!r}: use one of {_listed()}"
        raise InvalidInput(message)
    try:
        with _loading:
            loaded: type[Driver] = entry.load()
    except ModuleNotFoundError as error:
        message = f"{scheme}: needs the package {error.name!r}, which is not installed"
        raise DriverMissing(message, _pip(entry)) from error
    return loaded


def open_driver(url: str) -> Driver:
    """The bare driver for a URL; `tracklayer.connect` is what users want."""
    scheme = scheme_of(url)
    try:
        return driver_class(scheme).open(url)
    except ModuleNotFoundError as error:
        message = f"{scheme}: needs the package {error.name!r}, which is not installed"
        raise DriverMissing(message, _pip(_entries()[scheme])) from error


def schemes() -> tuple[str, ...]:
    """Every scheme that a driver is registered for."""
    return tuple(sorted(_entries()))


def _entries() -> dict[str, EntryPoint]:
    return _entries_on(tuple(sys.path))


@lru_cache(maxsize=4)
def _entries_on(_path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Looked up once: to read what every installed package registers takes as long as a start of a run may."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _pip(entry: EntryPoint) -> str:
    """The pip command that brings what the driver lacks: its package, with the extra of its name if there is one."""
    if entry.dist is None:
        return f"pip install {entry.module.partition('.')[0]}"
    package = entry.dist.metadata["Name"]
    extras = entry.dist.metadata.get_all("Provides-Extra") or []
    wanted = next((extra for extra in extras if extra in {*entry.module.split("."), entry.name}), None)
    return f"pip install '{package}[{wanted}]'" if wanted else f"pip install --upgrade {package}"


def _listed() -> str:
    return ", ".join(f"{scheme}:" for scheme in schemes())


def _carries_credentials(url: str) -> bool:
    found = AUTHORITY.match(url)
    if found is None:
        return False
    place, rest = found["place"], found["rest"]
    if "@" in place:
        return True
    # A password with a `/`, `?` or `#` in it ends the authority too early, and looks like a port that is no number.
    _, colon, port = place.rpartition(":")
    return bool(colon) and "@" in rest and not port.isdecimal() and not place.endswith("]")


def _shown(url: str) -> str:
    """The URL without what may be a secret: all before the last `@`, and the query."""
    return re.sub(r"(?s)//.*@", "//***@", url).partition("?")[0]


def _forked() -> None:
    """In a child process: a thread that it does not have may have held the lock."""
    global _loading  # noqa: PLW0603 -- likewise
    _loading = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
