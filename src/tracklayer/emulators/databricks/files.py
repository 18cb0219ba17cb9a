"""The Files API: files and folders in volumes of Unity Catalog, and unless the knob says otherwise those of runs.

https://docs.databricks.com/api/workspace/files
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tracklayer.emulators.databricks.asking import Asking
from tracklayer.emulators.databricks.errors import ApiError, answer, invalid, missing
from tracklayer.emulators.databricks.names import INTERNAL
from tracklayer.emulators.databricks.storage import read
from tracklayer.emulators.databricks.workspace import Workspace
from tracklayer.emulators.serving import Request, Response

PREFIX = "/api/2.0/fs/"
_VOLUME = re.compile(r"(/Volumes/[^/]+/[^/]+/[^/]+)(?:/.*)?")
#: Method -> what the log calls it, for files and for folders.
_NAMES = {
    "files": {"GET": "Download", "PUT": "Upload", "HEAD": "GetMetadata", "DELETE": "Delete"},
    "directories": {"GET": "ListDirectoryContents", "PUT": "CreateDirectory", "HEAD": "GetDirectoryMetadata"},
}
#: Entries that one page of a folder holds.
PAGE = 1_000


def named(request: Request) -> str:
    """What the log calls a request."""
    kind = request.path.removeprefix(PREFIX).partition("/")[0]
    return _NAMES.get(kind, {}).get(request.method, f"{request.method} {kind}")


def respond(asking: Asking, root: Callable[[Workspace, str], str]) -> Response:
    """The answer. `root`: the place of a run's files. Raises `ApiError`."""
    kind, _, rest = asking.request.path.removeprefix(PREFIX).partition("/")
    path = f"/{unquote(rest)}".rstrip("/")
    if kind not in _NAMES or asking.request.method not in _NAMES[kind]:
        raise ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for '{asking.request.method} /fs/{kind}'")
    place = _place(asking, path, root)
    return _folder(asking, place, path) if kind == "directories" else _file(asking, place)


def _place(asking: Asking, path: str, root: Callable[[Workspace, str], str]) -> str:
    if any(part in {".", ".."} for part in path.split("/")) or "//" in path:
        raise invalid(f"Invalid path: {path}")
    found = _VOLUME.fullmatch(path)
    if found is not None:
        if found[1] not in asking.knobs.volumes:
            raise missing(f"Volume '{found[1].removeprefix('/Volumes/').replace('/', '.')}' does not exist.")
        return path
    run = INTERNAL.fullmatch(path)
    if run is None:
        raise missing(f"The path {path} does not exist, or is none of a volume.")
    if asking.knobs.run_files == "refused":
        raise ApiError(403, "PERMISSION_DENIED", f"No operations allowed on {path}")
    return root(asking.workspace, run["run"]).removesuffix("/artifacts") + (run["below"] or "")


def _file(asking: Asking, place: str) -> Response:
    shelf, method = asking.workspace.shelf, asking.request.method
    if method == "PUT":
        return _uploaded(asking, place)
    if shelf.get(place) is None:
        raise missing(f"The file {place} does not exist.")
    if method == "DELETE":
        shelf.drop(place)
        return Response(204)
    return read(shelf, place, asking.request, asking.knobs)


def _uploaded(asking: Asking, place: str) -> Response:
    shelf, folder = asking.workspace.shelf, place.rpartition("/")[0]
    if _VOLUME.fullmatch(place) and folder not in asking.knobs.volumes and not shelf.is_folder(folder):
        if asking.knobs.upload_folder == "refused":
            raise missing(f"The parent directory of {place} does not exist.")
        shelf.make(folder)
    if shelf.is_folder(place) or (shelf.get(place) is not None and asking.query.get("overwrite") != "true"):
        raise ApiError(409, "ALREADY_EXISTS", f"{place} already exists.")
    shelf.put(place, asking.request.body)
    return Response(204)


def _folder(asking: Asking, place: str, path: str) -> Response:
    shelf, method, query = asking.workspace.shelf, asking.request.method, asking.query
    if method == "PUT":
        if shelf.get(place) is not None:
            raise ApiError(409, "ALREADY_EXISTS", f"{path} is a file.")
        shelf.make(place)
        return Response(204)
    if not shelf.is_folder(place) and path not in asking.knobs.volumes:
        raise missing(f"The directory {path} does not exist.")
    if method == "HEAD":
        return Response(200)
    items, start = shelf.items(place), int(query.get("page_token") or 0)
    end = start + min(int(query.get("page_size") or PAGE), PAGE)
    contents: list[dict[str, Any]] = [
        {"path": f"{path}/{one.name}", "name": one.name, "is_directory": one.size is None}
        | ({} if one.size is None else {"file_size": one.size, "last_modified": 0})
        for one in items[start:end]
    ]
    more = {"next_page_token": str(end)} if end < len(items) else {}
    return answer({"contents": contents, **more})
