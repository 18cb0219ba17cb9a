"""Head: the first lines of a request to a proxy, read and understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

#: Bytes that a request's head may have. Servers take 8 to 64 KiB: https://www.rfc-editor.org/rfc/rfc9110#section-4.1
LONGEST = 65_536
END = b"\r\n\r\n"
#: A name or an IPv4 address, with the letters that buckets and services have in theirs, or an IPv6 address.
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
#: Headers that are not the target's: those between the client and the proxy: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_OURS = (b"proxy-connection:", b"proxy-authorization:", b"connection:", b"keep-alive:", b"host:")
#: The address of a plain request: host and port, then path and query; a user's name is left out.
_ABSOLUTE = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#]*)([^#]*)", re.IGNORECASE)


class BadRequest(Exception):
    """What a client asked is not what one asks a proxy; the text says why, in one line."""


@dataclass(frozen=True)
class Asked:
    """What a client wants.

    * `host`: in lower case, without port and brackets.
    * `forward`: what the target is told of a plain request; None where a tunnel is wanted (CONNECT).
    """

    host: str
    forward: bytes | None = None


def understand(head: bytes) -> Asked:
    """Read a head, up to and with its empty line. `BadRequest` when it is no request to a proxy."""
    first, _, rest = head.partition(b"\r\n")
    parts = first.decode("latin-1").split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 -- method, target, version
        raise BadRequest("this is an HTTP proxy, and that was no HTTP/1 request")
    method, wanted, version = parts
    if method == "CONNECT":
        return Asked(_host(wanted))
    absolute = _ABSOLUTE.fullmatch(wanted)
    if absolute is None:
        raise BadRequest("this is a proxy: set it as HTTPS_PROXY, and ask for the service's own address")
    place, path = absolute.groups()
    host = _host(place)
    # Path and query go as they came: they may be signed.
    line = f"{method} {path if path.startswith('/') else f'/{path}'} {version}"
    return Asked(host, _forward([line, f"Host: {place}", "Connection: close"], rest))


def _host(place: str) -> str:
    """The host of `host:port`."""
    try:
        host = urlsplit(f"//{place}").hostname or ""
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host) or not set(place).isdisjoint("/?#@"):
        raise BadRequest("the request names no host")
    return host.rstrip(".")


def _forward(first: list[str], rest: bytes) -> bytes:
    """The head as a server takes it. It is the only request of its connection: the next may be for another host."""
    kept = [line for line in rest.removesuffix(END).split(b"\r\n") if line and not line.lower().startswith(_OURS)]
    return b"\r\n".join([*(line.encode("latin-1") for line in first), *kept]) + END
