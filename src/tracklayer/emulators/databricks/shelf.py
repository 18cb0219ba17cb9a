"""The files of a workspace, by absolute path: of runs, of volumes, of DBFS. All of them in memory."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """What a folder holds. `size` in bytes, None for a folder."""

    name: str
    size: int | None


class Shelf:
    """Files, and folders that were made. A folder is there as well while something lies in it."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._folders: set[str] = set()
        self._lock = threading.Lock()

    def put(self, path: str, data: bytes) -> None:
        """Store a file; what was there is replaced."""
        with self._lock:
            self._files[path] = data

    def get(self, path: str) -> bytes | None:
        """A file."""
        with self._lock:
            return self._files.get(path)

    def drop(self, path: str) -> bool:
        """Delete a file. Was it there?"""
        with self._lock:
            return self._files.pop(path, None) is not None

    def make(self, folder: str) -> None:
        """Make a folder and all above it."""
        parts = folder.strip("/").split("/")
        with self._lock:
            self._folders |= {"/" + "/".join(parts[: depth + 1]) for depth in range(len(parts))}

    def is_folder(self, path: str) -> bool:
        """Is a folder there?"""
        below = f"{path.rstrip('/')}/"
        with self._lock:
            return path in self._folders or any(one.startswith(below) for one in (*self._files, *self._folders))

    def items(self, folder: str) -> list[Item]:
        """What a folder holds, by name."""
        below = f"{folder.rstrip('/')}/"
        found: dict[str, int | None] = {}
        with self._lock:
            for path, data in self._files.items():
                if path.startswith(below):
                    name, deeper, _ = path.removeprefix(below).partition("/")
                    found[name] = None if deeper else len(data)
            for path in self._folders:
                if path.startswith(below):
                    found[path.removeprefix(below).partition("/")[0]] = None
        return [Item(name, size) for name, size in sorted(found.items())]


def tag_of(data: bytes) -> str:
    """The ETag of a file."""
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
