"""The packages that a program can import, with their versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions

from tracklayer.api.capture.attempt import attempt

#: How names are compared: https://packaging.python.org/en/latest/specifications/name-normalization/
SEPARATORS = re.compile(r"[-_.]+")


def packages() -> dict[str, str]:
    """Every installed distribution and its version, by the names in order.

    * Of one that is found twice the first counts: it is the one that is imported. A broken one is left out.
    """
    found: dict[str, tuple[str, str]] = {}
    for distribution in _distributions():
        one = attempt("a distribution", _name_and_version, distribution)
        if one is not None:
            found.setdefault(SEPARATORS.sub("-", one[0]).lower(), one)
    return dict(found[key] for key in sorted(found))


def _distributions() -> Iterator[Distribution]:
    """Each distribution; where looking for more fails, those found until then."""
    rest = iter(distributions())
    while (one := attempt("the rest of the distributions", next, rest, None)) is not None:
        yield one


def _name_and_version(distribution: Distribution) -> tuple[str, str] | None:
    # Only the head is read: to parse all of it as an e-mail, as `distribution.metadata` does, takes six times as long.
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or distribution.read_text("") or ""
    head = text.replace("\r\n", "\n").partition("\n\n")[0]
    name = re.search(r"(?m)^Name:[ \t]*(\S+)", head)
    version = re.search(r"(?m)^Version:[ \t]*(\S+)", head)
    return None if name is None or version is None else (name[1], version[1])
