"""Checkup: what is installed, which credentials are there, and which places answer."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import NamedTuple

from tracklayer import __version__
from tracklayer.api import Client
from tracklayer.api.urls import VARIABLE, default_place
from tracklayer.cli.providers import providers
from tracklayer.errors import InvalidInput, NotFound, TracklayerError
from tracklayer.layers.retry import RetryPolicy
from tracklayer.layers.stack import stack
from tracklayer.spi import open_driver

PACKAGE = "tracklayer"
#: `numpy>=1.26; extra == "media"`: the package, the whole requirement, the extra.
REQUIREMENT = re.compile(r"""(?P<whole>(?P<package>[A-Za-z0-9._-]+)[^;]*?)\s*;.*\bextra\s*==\s*["'](?P<extra>[^"']+)""")


class Extra(NamedTuple):
    """An optional part: package -> version of what is there, the requirements that are not, and what brings them."""

    name: str
    has: Mapping[str, str]
    lacks: tuple[str, ...]
    pip: str | None


class Credential(NamedTuple):
    """A place where a provider's credentials are looked for: an environment variable or a file. Never its value."""

    provider: str
    name: str
    found: bool


class Reached(NamedTuple):
    """Whether a place answers, after how many seconds, and what there is to say of it."""

    place: str
    ok: bool
    seconds: float
    says: str


def versions() -> dict[str, str]:
    """What runs here."""
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    return {
        PACKAGE: __version__,
        "python": platform.python_version(),
        "system": system,
        "sqlite": sqlite3.sqlite_version,
    }


def extras() -> list[Extra]:
    """Each extra of this package, apart from the one that gathers the others."""
    wanted: dict[str, dict[str, str]] = {name: {} for name in metadata(PACKAGE).get_all("Provides-Extra") or []}
    for requirement in requires(PACKAGE) or []:
        found = REQUIREMENT.match(requirement)
        if found is not None:
            wanted.setdefault(found["extra"], {})[found["package"]] = found["whole"]
    return [_extra(name, packages) for name, packages in wanted.items() if name != "all"]


def credentials() -> list[Credential]:
    """Where each provider that can be loaded looks, and whether something is there."""
    return [
        Credential(one.name, name, _there(name))
        for one in providers()
        if one.driver is not None
        for name in one.driver.credentials
    ]


def reach(place: str | None) -> Reached:
    """Ask a place for its first experiments, once. `InvalidInput` for what is no URL.

    * The store that nobody asked for by name (`local:`) need not be there: the first run makes it.
    """
    url = place or default_place()
    nameless = place is None and not os.environ.get(VARIABLE)
    began = time.perf_counter()
    ok, says = True, ""
    try:
        with Client(stack(open_driver(url), retry=RetryPolicy(attempts=1))) as client:
            url = client.url
            next(client.experiments(), None)
    except InvalidInput:
        raise
    except (TracklayerError, OSError) as error:
        ok = nameless and isinstance(error, NotFound)
        says = "no store yet: the first run makes it" if ok else " ".join(str(error).split())
    return Reached(url, ok=ok, seconds=round(time.perf_counter() - began, 3), says=says)


def _extra(name: str, packages: Mapping[str, str]) -> Extra:
    has = {package: found for package in packages if (found := _installed(package)) is not None}
    lacks = tuple(whole for package, whole in packages.items() if package not in has)
    return Extra(name, has, lacks, f"pip install '{PACKAGE}[{name}]'" if lacks else None)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _there(name: str) -> bool:
    return Path(name).expanduser().exists() if name.startswith(("~", "/")) else bool(os.environ.get(name))
