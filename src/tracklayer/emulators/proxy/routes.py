"""Routes: which host names stand for which local server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Protocol
from urllib.parse import urlsplit

#: What a target that says nothing of it is spoken to: no HTTP/2, which few local servers know.
HTTP_1 = ("http/1.1",)


class Target(Protocol):
    """What a proxy can lead to. An emulator is one, and so is a `Route`.

    * `hosts`: patterns of host names, as `fnmatch` has them; `*` stands for dots too.
    * `url`: where it listens, `http://127.0.0.1:PORT`. It is read anew for each connection.
    * `alpn`, if it has one: the protocols offered inside TLS, the preferred one first.
    * `upstreams`, if it has one: protocol -> where it listens for that one, if that is elsewhere. A gRPC server has a
      port of its own: `alpn = ("http/1.1", "h2")`, `upstreams = {"h2": "http://127.0.0.1:PORT"}`. Both ports are plain.
    """

    @property
    def hosts(self) -> Sequence[str]:
        """Patterns of host names."""

    @property
    def url(self) -> str:
        """Where it listens."""


@dataclass(frozen=True)
class Route:
    """A target of one's own: `Route(("*.example.org",), "http://127.0.0.1:5000", alpn=("h2",))`."""

    hosts: tuple[str, ...]
    url: str
    alpn: tuple[str, ...] = HTTP_1
    upstreams: Mapping[str, str] = field(default_factory=dict)


class Routes:
    """The targets of a proxy. The first whose pattern matches is taken."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._targets = tuple(targets)

    def find(self, host: str) -> Target | None:
        """The target of a host name in lower case, or None."""
        for target in self._targets:
            if any(fnmatchcase(host, pattern.lower()) for pattern in target.hosts):
                return target
        return None


def address(url: str) -> tuple[str, int]:
    """Where a target listens, as a socket takes it."""
    place = urlsplit(url)
    return place.hostname or "127.0.0.1", place.port or 80


def alpn(target: Target) -> tuple[str, ...]:
    """The protocols that a target's TLS offers."""
    return tuple(getattr(target, "alpn", HTTP_1))


def upstreams(target: Target) -> Mapping[str, str]:
    """Protocol -> the URL of its server, of those that have one of their own."""
    return dict(getattr(target, "upstreams", {}))
