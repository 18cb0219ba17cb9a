"""The DBFS API: https://docs.databricks.com/api/workspace/dbfs."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.databricks.errors import ApiError, answer, invalid, missing
from tracklayer.emulators.databricks.names import TRACKING
from tracklayer.emulators.databricks.shelf import Shelf
from tracklayer.emulators.serving import Response

#: Bytes of a block, and of a read.
BLOCK = 2**20


class Dbfs:
    """The files that are being written, in one workspace."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._open: dict[int, tuple[str, list[bytes]]] = {}
        self._last = 0
        self._lock = threading.Lock()

    def respond(self, operation: str, asked: Mapping[str, Any]) -> Response:
        """The answer. Raises `ApiError`."""
        if operation in {"add-block", "close"}:
            return self._written(operation, asked)
        path = str(asked.get("path", "")).removeprefix("dbfs:").rstrip("/")
        if not path.startswith("/"):
            raise invalid(f"Path must be absolute: {path}")
        if path.startswith(f"{TRACKING}/"):  # access is by signed URLs only
            raise ApiError(403, "PERMISSION_DENIED", "No operations allowed on this path")
        if operation == "create":
            return self._created(path, overwrite=bool(asked.get("overwrite")))
        if operation == "mkdirs":
            self._shelf.make(path)
            return answer({})
        data = self._shelf.get(path)
        if data is None and not self._shelf.is_folder(path):
            raise missing(f"No file or directory exists on path {path}.")
        return self._told(operation, asked, path, data)

    def _told(self, operation: str, asked: Mapping[str, Any], path: str, data: bytes | None) -> Response:
        if operation == "get-status":
            return answer(_info(path, None if data is None else len(data)))
        if operation == "list" and data is not None:
            return answer({"files": [_info(path, len(data))]})
        if operation == "list":
            files = [_info(f"{path}/{one.name}", one.size) for one in self._shelf.items(path)]
            return answer({"files": files} if files else {})
        if operation == "read" and data is not None:
            start, size = int(asked.get("offset", 0)), min(int(asked.get("length", BLOCK)), BLOCK)
            part = data[start : start + size]
            return answer({"bytes_read": len(part), "data": base64.b64encode(part).decode()})
        raise ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for '/dbfs/{operation}'")

    def _created(self, path: str, *, overwrite: bool) -> Response:
        if self._shelf.is_folder(path) or (self._shelf.get(path) is not None and not overwrite):
            raise ApiError(400, "RESOURCE_ALREADY_EXISTS", f"A file or directory already exists at {path}.")
        with self._lock:
            self._last += 1
            self._open[self._last] = (path, [])
            return answer({"handle": self._last})

    def _written(self, operation: str, asked: Mapping[str, Any]) -> Response:
        handle = int(asked.get("handle", 0))
        with self._lock:
            if handle not in self._open:
                raise missing(f"No stream exists for handle {handle}.")
            path, blocks = self._open[handle]
            if operation == "close":
                del self._open[handle]
                self._shelf.put(path, b"".join(blocks))
                return answer({})
            block = base64.b64decode(str(asked.get("data", "")))
            if len(block) > BLOCK:
                raise ApiError(400, "MAX_BLOCK_SIZE_EXCEEDED", "The block of data exceeds 1 MB.")
            blocks.append(block)
            return answer({})


def _info(path: str, size: int | None) -> dict[str, Any]:
    return {"path": path, "is_dir": size is None, "file_size": size or 0}
