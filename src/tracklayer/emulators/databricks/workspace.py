"""One workspace: its folders, what its experiments and runs hold, its files."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.databricks.errors import ApiError, answer, invalid, missing
from tracklayer.emulators.databricks.ledger import Ledger
from tracklayer.emulators.databricks.names import USER
from tracklayer.emulators.databricks.shelf import Shelf
from tracklayer.emulators.serving import Response

#: A path of the files of a workspace is one of the workspace (mlflow/mlflow#11077).
FILES = "/Workspace"


class Workspace:
    """The tree holds folders and experiments, by path.

    https://docs.databricks.com/api/workspace/workspace/mkdirs
    """

    def __init__(self, host: str) -> None:
        self.host = host
        self.id = str(uuid.uuid5(uuid.NAMESPACE_DNS, host).int % 10**16)
        self.shelf = Shelf()
        self.ledger = Ledger()
        self.roots: dict[str, str] = {}
        self._nodes: dict[str, tuple[str, int]] = {}
        self._lock = threading.Lock()
        for folder in ("/", "/Users", "/Shared", "/Repos", f"/Users/{USER}"):
            self.add(folder, "DIRECTORY")

    def add(self, path: str, kind: str) -> None:
        """A node of the tree."""
        with self._lock:
            self._nodes.setdefault(path, (kind, 10**12 + len(self._nodes)))

    def kind(self, path: str) -> str | None:
        """What is at a path."""
        with self._lock:
            found = self._nodes.get(path)
        return None if found is None else found[0]

    def checked(self, name: object, *, make: bool) -> str:
        """The path of a new experiment. Its folder must be there, or is made. Raises `ApiError`."""
        if not isinstance(name, str) or not name.startswith("/") or name.endswith("/"):
            raise invalid(
                f"Got an invalid experiment name '{name}'. An experiment name must be an absolute path within the "
                "Databricks workspace, e.g. '/Users/<some-username>/my-experiment'."
            )
        path = plain(name)
        folder, _, last = path.rpartition("/")
        if make:
            self._make(folder or "/")
        if self.kind(folder or "/") != "DIRECTORY":
            raise missing(f"Workspace directory '{folder}' not found.")
        if self.kind(path) is not None:
            raise ApiError(400, "RESOURCE_ALREADY_EXISTS", f"Node named '{last}' already exists")
        return path

    def respond(self, operation: str, asked: Mapping[str, Any]) -> Response:
        """`workspace/mkdirs` and `workspace/get-status`."""
        path = plain(str(asked.get("path", ""))).rstrip("/") or "/"
        if not path.startswith("/"):
            raise invalid(f"Path ({path}) doesn't start with '/'")
        if operation == "mkdirs":
            self._make(path)
            return answer({})
        if operation == "get-status":
            with self._lock:
                found = self._nodes.get(path)
            if found is None:
                raise missing(f"Path ({path}) doesn't exist.")
            return answer({"path": path, "object_type": found[0], "object_id": found[1]})
        raise ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for 'POST /workspace/{operation}'")

    def _make(self, path: str) -> None:
        parts = path.strip("/").split("/") if path != "/" else []
        for depth in range(len(parts)):
            above = "/" + "/".join(parts[: depth + 1])
            if self.kind(above) not in {None, "DIRECTORY"}:
                raise ApiError(400, "RESOURCE_ALREADY_EXISTS", f"Path ({above}) exists and is no directory.")
            self.add(above, "DIRECTORY")


def plain(path: str) -> str:
    """A path as the workspace names it."""
    return path.removeprefix(FILES) if path.startswith(f"{FILES}/") else path
