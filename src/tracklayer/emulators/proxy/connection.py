"""Connection: one client of the proxy, from its first byte to its last."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from contextlib import suppress
from typing import Protocol

from tracklayer.emulators.proxy.authority import Authority
from tracklayer.emulators.proxy.head import END, LONGEST, BadRequest, understand
from tracklayer.emulators.proxy.pipe import PIECE, End, Server, drain, pipe, say
from tracklayer.emulators.proxy.plain import Plain
from tracklayer.emulators.proxy.routes import Target, address, alpn, upstreams
from tracklayer.emulators.proxy.waiting import READ, WRITE, Stopped, Waiting

_log = logging.getLogger(__name__)

#: Seconds that a client has for its first lines, and again for its TLS handshake.
PATIENCE = 60.0
#: Seconds that a target has to take a connection: it is on this machine.
NEAR = 10.0
#: The first byte of every TLS connection: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
_HANDSHAKE = b"\x16"


class Gone(Exception):
    """The client has closed, or said nothing for too long."""


class House(Protocol):
    """What a connection asks of its proxy."""

    authority: Authority

    def admit(self, host: str) -> Target | None:
        """The target of a host, or None: it is refused, and that is noted."""


def serve(client: socket.socket, house: House, waiting: Waiting) -> None:
    """Serve one client, and close its connection."""
    connection = _Connection(client, house, waiting)
    # A client may go at any time, in any way; a proxy that stops leaves all that it does.
    try:
        with suppress(OSError, Gone, Stopped):
            connection.serve()
    finally:
        connection.client.close()


class _Connection:
    def __init__(self, client: socket.socket, house: House, waiting: Waiting) -> None:
        self.client = client
        self.house = house
        self.waiting = waiting
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def serve(self) -> None:
        try:
            asked = understand(self._head())
        except BadRequest as error:
            self._refuse(f"400 {error}", f"{error}")
            return
        target = self.house.admit(asked.host)
        if target is None:
            self._refuse(
                f"403 {asked.host} is not emulated", f"{asked.host} is not emulated here, and nothing was sent"
            )
            return
        try:
            context = self.house.authority.context(asked.host, alpn(target))
        except ValueError:
            self._refuse("400 this is no name of a host", f"no certificate can be made for {asked.host}")
            return
        try:
            server = _reached(target.url)
        except OSError as error:
            self._refuse(f"502 the emulator of {asked.host} does not answer", f"{target.url}: {error}")
            return
        with server:
            if asked.forward is not None:
                say(asked.forward, server, self.waiting)
                pipe(self.client, Plain(server), self.waiting)
                return
            say(b"HTTP/1.1 200 Connection established\r\n\r\n", self.client, self.waiting)
            upstream = upstreams(target).get(self._secure(asked.host, context) or "")
            if upstream is None:
                pipe(self.client, Server(server), self.waiting)
                return
        with _reached(upstream) as server:
            pipe(self.client, Server(server), self.waiting)

    def _head(self) -> bytes:
        """The first lines. What follows them stays in the socket: it may be TLS's."""
        held = bytearray()
        until = time.monotonic() + PATIENCE
        while len(held) <= LONGEST:
            self._wait(READ, until)
            seen = self.client.recv(PIECE, socket.MSG_PEEK)
            if not seen:
                raise Gone
            before = len(held)
            held += seen
            end = held.find(END, max(0, before - len(END) + 1))
            if end >= 0:
                del held[end + len(END) :]
            self.client.recv(len(held) - before)
            if end >= 0:
                return bytes(held)
        raise BadRequest(f"the head of the request is longer than {LONGEST:,} bytes")

    def _secure(self, host: str, context: ssl.SSLContext) -> str | None:
        """Be the TLS server of the host, unless the client speaks in the clear; the protocol that they agree on."""
        until = time.monotonic() + PATIENCE
        self._wait(READ, until)
        if self.client.recv(1, socket.MSG_PEEK) != _HANDSHAKE:
            return None
        secured = context.wrap_socket(self.client, server_side=True, do_handshake_on_connect=False)
        self.client = secured
        while event := self._shake(secured, host):
            self._wait(event, until)
        return secured.selected_alpn_protocol()

    def _shake(self, secured: ssl.SSLSocket, host: str) -> int:
        """Go on with the handshake; the event that it then waits for, or 0 when it is done."""
        try:
            secured.do_handshake()
        except ssl.SSLWantReadError:
            return READ
        except ssl.SSLWantWriteError:
            return WRITE
        except ssl.SSLError as error:
            if "ALERT" in (error.reason or ""):
                _log.warning(
                    "the client that asked for %s does not take its certificate (%s); does it trust %s?",
                    *(host, error.reason, self.house.authority.file),
                )
            raise
        return 0

    def _refuse(self, status: str, why: str) -> None:
        """Say no. Many clients show the status line and nothing else of it: the reason is there too."""
        text = f"tracklayer's proxy: {why}\n".encode("latin-1", "replace")
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        )
        say(head.encode("latin-1", "replace") + text, self.client, self.waiting)
        End(self.client).finish()
        drain(self.client, self.waiting)

    def _wait(self, event: int, until: float) -> None:
        if not self.waiting.wait({self.client.fileno(): event}, max(0.0, until - time.monotonic())):
            raise Gone


def _reached(url: str) -> socket.socket:
    """A connection to a server of this machine."""
    server = socket.create_connection(address(url), NEAR)
    server.setblocking(False)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server
