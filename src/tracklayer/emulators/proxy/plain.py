"""Plain: the answer to a request that came without a tunnel, after which the connection ends."""

from __future__ import annotations

import re
import socket

from tracklayer.emulators.proxy.head import END
from tracklayer.emulators.proxy.pipe import Server
from tracklayer.emulators.proxy.waiting import READ

#: The answers before the answer: https://www.rfc-editor.org/rfc/rfc9110#section-15.2
_INTERIM = re.compile(rb"HTTP/1\.\d 1\d\d ")


class Plain(Server):
    """A server that was asked one plain request. Its answer says that the connection ends, which it may leave out.

    * A client that is not told would ask again on a connection that is about to close.
    """

    def __init__(self, of: socket.socket) -> None:
        super().__init__(of)
        self._head: bytes | None = b""  # of its answer, as far as that has come; None when it is through

    def receive(self) -> bytes | None:
        """As `Server` does; the head of the answer comes as a whole."""
        said = super().receive()
        if said is None or self._head is None:
            return said
        self._head += said
        ready = b""
        while self._head is not None and END in self._head:
            head, _, left = self._head.partition(END)
            if _INTERIM.match(head):
                ready += head + END
                self._head = left
            else:
                ready += _closing(head) + END + left
                self._head = None
        if self._head is not None and not said:  # it broke off
            ready += self._head
            self._head = None
        elif not ready:
            self.lacks |= READ
            return None
        return ready


def _closing(head: bytes) -> bytes:
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    return b"\r\n".join([*kept, b"Connection: close"])
