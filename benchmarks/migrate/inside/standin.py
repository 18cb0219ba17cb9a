"""A stand-in for an MLflow server, which is not in the way: it answers at once, or after a pause, from memory.

`python -m benchmarks.migrate.inside.standin keep|count MILLISECONDS` prints its address. `keep`: points too; `count`:
they are counted and thrown away. `GET /counted` gives the requests by kind, and the points that it was given.

It speaks as much of the API as the tools need. It is no MLflow: it shows what a tool can do, not what a server can.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections import Counter

from benchmarks.migrate.inside.keeping import Store
from benchmarks.migrate.kinds import kind


class Service:
    """Connections to one store."""

    def __init__(self, store: Store, pause: float) -> None:
        self._store = store
        self._pause = pause
        self._counted: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests with a length or in chunks, answers with a length, one after the other."""
        try:
            while line := await reader.readline():
                method, target, _ = line.decode().split(" ", 2)
                headers = {}
                while (header := await reader.readline()).strip():
                    name, _, value = header.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                status, body = self._answer(method, target, await _body(reader, headers))
                if self._pause:
                    await asyncio.sleep(self._pause)
                head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode())
                writer.write(body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()

    def _answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        if target == "/counted":
            return 200, json.dumps({"points": self._store.points, "requests": self._counted}).encode()
        self._counted[kind(method, target)] += 1
        return self._store.answer(method, target, body)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", 0)))
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


async def main(points: str, milliseconds: str) -> None:
    service = Service(Store(keep=points == "keep"), float(milliseconds) / 1e3)
    # With the protocol named: else asyncio leaves TCP_NODELAY out, and every call takes 40 ms more.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(service.serve, sock=listening, limit=2**22)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
