"""A tap on a standard stream: what Python writes to it is told to whoever listens."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable
from threading import local
from typing import Any, TypeAlias

from tracklayer.api.capture.attempt import attempt
from tracklayer.api.capture.standin import Echo, Standin

Sink: TypeAlias = Callable[[str], None]
STREAMS = ("stdout", "stderr")


class Doing(local):
    """What a thread is just doing with the stream: bytes that come to its buffer meanwhile are told of, or will be."""

    writing = False
    flushing = False


class Tap:
    """Tells what is written to one stream, text and bytes (`sys.stdout.buffer`), after the stream took it.

    * The stream stays the very object it was; only its `write` is replaced. So what got hold of it before, such as a
      handler of `logging`, is heard too, and `isatty`, `encoding`, `fileno` and the rest are nobody's imitation.
    * Others replace the same method, and put back what they found: IPython does around each cell. Text that comes past
      ours for that is heard on its way into the buffer. A notebook's stream has no buffer, but an `echo`.
    * A sink must not raise. What the stream itself raises goes to the writer, as ever.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.sinks: tuple[Sink, ...] = ()
        self.standin: Standin | None = None
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._doing = Doing()
        self._waiting = False
        self._decoder = codecs.getincrementaldecoder(getattr(stream, "encoding", None) or "utf-8")("backslashreplace")

    def open(self) -> None:
        """Begin to listen. A stream that lets none of its methods be replaced gets a stand-in in `sys`."""
        if any(kind.__module__.partition(".")[0] == "ipykernel" for kind in type(self.stream).__mro__):
            self._replace(self.stream, "echo", lambda before: Echo(before, self._tell))
            return
        try:
            self._replace(self.stream, "write", self._text)
        except (AttributeError, TypeError):
            self.standin = Standin(self.stream, self._text(self.stream.write))
            for name in STREAMS:
                if getattr(sys, name) is self.stream:
                    setattr(sys, name, self.standin)
            return
        if hasattr(self.stream, "buffer"):
            attempt("the bytes of the output", self._open_buffer)

    def close(self) -> None:
        """Leave the stream as it was. Where somebody put his own method over ours, ours stays under it, silent."""
        for owner, name, ours, before in reversed(self._replaced):
            if vars(owner).get(name) is not ours:
                continue
            if before is None:
                delattr(owner, name)
            else:
                setattr(owner, name, before[0])
        self._replaced = []
        for name in STREAMS:
            if self.standin is not None and getattr(sys, name) is self.standin:
                setattr(sys, name, self.stream)

    def _open_buffer(self) -> None:
        self._replace(self.stream, "flush", self._flush)
        self._replace(self.stream.buffer, "write", self._bytes)

    def _replace(self, owner: Any, name: str, wrapped: Callable[[Any], Any]) -> None:
        before = (vars(owner)[name],) if name in vars(owner) else None
        ours = wrapped(getattr(owner, name))
        setattr(owner, name, ours)
        self._replaced.append((owner, name, ours, before))

    def _text(self, original: Callable[[str], Any]) -> Callable[[str], Any]:
        def write(text: str, /) -> Any:
            doing = self._doing
            outer, doing.writing = doing.writing, True
            self._waiting = True
            try:
                done = original(text)
            finally:
                doing.writing = outer
            self._waiting = True  # once more: a thread may have flushed before the text was there
            self._tell(text)
            return done

        return write

    def _flush(self, original: Callable[[], Any]) -> Callable[[], Any]:
        def flush() -> Any:
            doing = self._doing
            doing.flushing, self._waiting = self._waiting, False
            try:
                return original()
            finally:
                doing.flushing = False

        return flush

    def _bytes(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def write(data: Any, /) -> Any:
            done = original(data)
            if not (self._doing.writing or self._doing.flushing):
                attempt("bytes of the output", self._heard, data, done)
            return done

        return write

    def _heard(self, data: Any, count: int | None) -> None:
        self._tell(self._decoder.decode(bytes(data)[: count or 0]))  # a stream that does not wait takes a part, or none

    def _tell(self, text: str) -> None:
        for sink in self.sinks:
            sink(text)
