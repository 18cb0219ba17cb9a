"""Pipe: bytes between two sockets, both ways, until all is said."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from contextlib import suppress

from tracklayer.emulators.proxy.waiting import READ, WRITE, Waiting

#: Bytes read at once.
PIECE = 65_536
#: Bytes that are held for a slow reader before no more are taken from the writer.
MOST = 4 * PIECE
#: Seconds that a client has to read the last of an answer before its connection is closed.
LINGER = 2.0
#: For SO_LINGER: on, and no second. `close` then resets the connection.
_AT_ONCE = struct.pack("ii", 1, 0)


class End:
    """One of two sockets, plain or TLS, neither of which ever blocks."""

    def __init__(self, of: socket.socket) -> None:
        self.socket = of
        self.lacks = 0  # the events that it waits for
        self.held = bytearray()  # still to be sent to it
        self.ended = False  # it says no more
        self.told = False  # it was told that no more comes

    def receive(self) -> bytes | None:
        """What it says now; empty at its end; None when there is nothing yet."""
        try:
            return self.socket.recv(PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            self.lacks |= READ
        except ssl.SSLWantWriteError:
            self.lacks |= WRITE
        return None

    def send(self) -> bool:
        """Send what it takes now of what is held; whether it took something."""
        try:
            del self.held[: self.socket.send(self.held)]
        except (BlockingIOError, ssl.SSLWantWriteError):
            self.lacks |= WRITE
        except ssl.SSLWantReadError:
            self.lacks |= READ
        else:
            return True
        return False

    def finish(self) -> None:
        """Tell it that no more comes. It may still speak."""
        self.told = True
        with suppress(OSError, ValueError):  # it may be gone, and its own farewell is not waited for
            if isinstance(self.socket, ssl.SSLSocket):
                self.socket.unwrap()
        with suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_WR)  # not SSLSocket's, which forgets the TLS


class Server(End):
    """The end that may close before it has heard all: what it said is carried on, what it would hear is let go."""

    reset = False

    def receive(self) -> bytes | None:
        """As `End` does; a connection that is reset has ended."""
        try:
            return super().receive()
        except ConnectionError:
            self.reset = True
            return b""

    def send(self) -> bool:
        """As `End` does; to a connection that is gone all can be sent."""
        try:
            return super().send()
        except ConnectionError:
            self.held.clear()
            return True


def say(text: bytes, to: socket.socket, waiting: Waiting) -> None:
    """Send all of a text."""
    end = End(to)
    end.held += text
    while end.held:
        end.lacks = 0
        if not end.send():
            waiting.wait({to.fileno(): end.lacks})


def pipe(client: socket.socket, far: Server, waiting: Waiting) -> None:
    """Carry bytes both ways until the server has said all, or the client is gone. Closes neither.

    * Either may end its half first (within TLS: by saying so there); the other half goes on.
    * A server that answers and closes before it has read all is heard: the client gets its answer.
    * A server that resets the connection instead of answering: so does the client see it.
    """
    near = End(client)
    answered = True
    while not near.told:
        near.lacks = far.lacks = 0
        up, down = _carry(near, far), _carry(far, near)
        answered = (down and not far.ended) or (answered and not up)
        if far.reset and not answered:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            return
        told = [_tell(near, far), _tell(far, near)]
        if not any((up, down, *told)):
            waiting.wait({end.socket.fileno(): end.lacks for end in (near, far) if end.lacks})
    drain(client, waiting)


def drain(client: socket.socket, waiting: Waiting) -> None:
    """Let the client finish, or `LINGER` seconds: closing at once would take from it what it has not read yet."""
    until = time.monotonic() + LINGER
    while (left := until - time.monotonic()) > 0:
        if not waiting.wait({client.fileno(): READ}, left):
            return
        if not socket.socket.recv(client, PIECE):  # what it says is of no interest: not SSLSocket's, which decrypts it
            return


def _carry(source: End, sink: End) -> bool:
    """Carry what can be carried now; whether something was."""
    moved = False
    if not source.ended and len(sink.held) < MOST:
        said = source.receive()
        if said is not None:
            moved, source.ended = True, not said
            sink.held += said
    if sink.held:
        moved |= sink.send()
    return moved


def _tell(source: End, sink: End) -> bool:
    """Tell the sink that no more comes, once that is so; whether it was told now."""
    due = source.ended and not sink.held and not sink.told
    if due:
        sink.finish()
    return due
