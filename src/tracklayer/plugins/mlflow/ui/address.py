"""Address: where the server listens, and who can reach it there."""

from __future__ import annotations

import os
import socket
from typing import NamedTuple

from tracklayer.errors import InvalidInput

#: What a browser on this machine calls it.
NEAR = ("localhost", "127.0.0.1", "::1")


class Address(NamedTuple):
    """Where to listen. `port` 0: any free one. `token`: what each request must bring."""

    host: str
    port: int
    token: str | None

    @property
    def near(self) -> bool:
        """Is it this machine alone that can ask? `InvalidInput` for what is no host."""
        try:
            found = {place[0] for *_, place in socket.getaddrinfo(self.host, None, type=socket.SOCK_STREAM)}
        except OSError as error:
            raise InvalidInput(f"cannot listen on {self.host}: {error.strerror or error}") from None
        return all(str(one).startswith("127.") or one == "::1" for one in found)

    @property
    def names(self) -> frozenset[str] | None:
        """The host names that requests may be for; None: any, for they bring a token."""
        return None if self.token is not None else frozenset({*NEAR, self.host.lower()})

    def listen(self) -> socket.socket:
        """A socket that listens there. `InvalidInput` where nobody can."""
        try:
            family, _, _, _, place = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            # With the protocol named: else asyncio leaves TCP_NODELAY out, and every call takes 40 ms more.
            found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        except OSError as error:
            raise InvalidInput(f"cannot listen on {self.host}: {error.strerror or error}") from None
        try:
            if os.name != "nt":
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(place)
            found.listen(128)
        except OSError as error:
            found.close()
            message = f"cannot listen on {self.host}:{self.port}: {error.strerror or error}; try --port 0"
            raise InvalidInput(message) from None
        return found

    def url(self, listening: socket.socket) -> str:
        """The server's URL, with a name that others have for this machine where it listens on all its addresses."""
        everywhere = self.host in {"0.0.0.0", "::"}  # noqa: S104 -- compared with
        host = socket.gethostname() if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{listening.getsockname()[1]}"
