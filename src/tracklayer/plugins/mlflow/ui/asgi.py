"""What apps of a server are, and short answers of them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]


def header(headers: Iterable[Header], wanted: bytes) -> str:
    """The first header of this name, which is in lower case; empty where there is none."""
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), "")


async def answer(send: Send, status: int, body: Mapping[str, str], *headers: Header) -> None:
    """Answer with JSON."""
    await send_all(send, status, b"application/json", json.dumps(body).encode(), *headers)


async def send_all(send: Send, status: int, kind: bytes, data: bytes, *headers: Header) -> None:
    """Answer with all of it."""
    told = [(b"content-type", kind), (b"content-length", str(len(data)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": data})
