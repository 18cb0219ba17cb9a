"""Files of runs: signed URLs for them, and what there is of them.

mlflow/protos/databricks_artifacts.proto; https://docs.databricks.com/api/workspace/experiments/listartifacts
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tracklayer.emulators.databricks.asking import Asking
from tracklayer.emulators.databricks.errors import ApiError, answer, invalid
from tracklayer.emulators.databricks.names import TRACKING, cloud_of
from tracklayer.emulators.databricks.signing import REQUIRED, Grant, Signer
from tracklayer.emulators.databricks.storage import Storage
from tracklayer.emulators.databricks.workspace import Workspace
from tracklayer.emulators.serving import Response

#: Paths that one request may name (mlflow/store/artifact/databricks_artifact_repo.py: _MAX_CREDENTIALS_REQUEST_SIZE).
MOST_PATHS = 2_000
OPERATIONS = frozenset(
    {
        "artifacts/list",
        "artifacts/credentials-for-read",
        "artifacts/credentials-for-write",
        "artifacts/create-multipart-upload",
        "artifacts/complete-multipart-upload",
        "artifacts/get-presigned-upload-part-url",
    }
)


class Artifacts:
    """`root`: the place of a run's files, as an absolute path; it raises `ApiError` for a run that is not there."""

    def __init__(self, signer: Signer, storage: Storage, root: Callable[[Workspace, str], str]) -> None:
        self._signer = signer
        self._storage = storage
        self._root = root

    def respond(self, asking: Asking) -> Response:
        """The answer. Raises `ApiError`."""
        given, operation = asking.content, asking.operation
        run = str(given.get("run_id") or given.get("run_uuid") or "")
        if not run:
            raise invalid("Missing value for required parameter 'run_id'.")
        root = self._root(asking.workspace, run)
        if operation == "artifacts/list":
            return _listed(asking, root)
        if not root.startswith(f"{TRACKING}/"):
            raise invalid(f"The artifacts of run {run} are not in a location that Databricks manages")
        if operation.startswith("artifacts/credentials-for-"):
            paths = given.get("path", [])
            if not isinstance(paths, list) or not 0 < len(paths) <= MOST_PATHS:
                raise invalid(f"path: between 1 and {MOST_PATHS} paths must be given")
            permission = "r" if operation.endswith("read") else "w"
            return answer({"credential_infos": [self._url(asking, root, str(path), permission) for path in paths]})
        if _kind(asking) != "AWS_PRESIGNED_URL":
            raise ApiError(400, "FEATURE_DISABLED", "Multipart uploads are for workspaces on AWS")
        return self._in_parts(asking, root, str(given.get("path", "")))

    def _url(
        self, asking: Asking, root: str, path: str, permission: str, *, upload: str = "", part: int = 0
    ) -> Mapping[str, Any]:
        """One `ArtifactCredentialInfo`."""
        kind = _kind(asking)
        grant = Grant(asking.workspace.host, kind, permission, f"{root}/{_checked(path)}", upload, part)
        along = [REQUIRED[kind]] if kind in REQUIRED and permission == "w" else []
        return {
            "run_id": asking.content.get("run_id"),
            "path": path,
            "signed_uri": self._signer.url(grant, asking.now + asking.knobs.url_seconds, asking.near),
            "headers": [{"name": name, "value": value} for name, value in along],
            "type": kind,
        }

    def _in_parts(self, asking: Asking, root: str, path: str) -> Response:
        given = asking.content
        place, upload = f"{root}/{_checked(path)}", str(given.get("upload_id", ""))
        if asking.operation == "artifacts/create-multipart-upload":
            number = int(given.get("num_parts", 0))
            if not 0 < number <= 10_000:  # noqa: PLR2004 -- S3's
                raise invalid("num_parts must be between 1 and 10000")
            upload = self._storage.begin(place)
            urls = [self._url(asking, root, path, "w", upload=upload, part=part) for part in range(1, number + 1)]
            ending = self._url(asking, root, path, "d", upload=upload)
            return answer({"upload_id": upload, "upload_credential_infos": urls, "abort_credential_info": ending})
        if asking.operation == "artifacts/get-presigned-upload-part-url":
            part = int(given.get("part_number", 0))
            return answer({"upload_credential_info": self._url(asking, root, path, "w", upload=upload, part=part)})
        tags = [(int(one["part_number"]), str(one["etag"])) for one in given.get("part_etags", [])]
        self._storage.complete(asking.workspace.host, place, upload, tags, asking.knobs.smallest_part)
        return answer({})


def _kind(asking: Asking) -> str:
    cloud = cloud_of(asking.workspace.host)
    return asking.knobs.azure_storage if cloud == "azure" else f"{'AWS_PRE' if cloud == 'aws' else 'GCP_'}SIGNED_URL"


def _checked(path: str) -> str:
    if not path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise invalid(f"Invalid path: {path}")
    return path


def _listed(asking: Asking, root: str) -> Response:
    given, shelf = asking.content, asking.workspace.shelf
    path = str(given.get("path") or "").strip("/")
    place = f"{root}/{_checked(path)}" if path else root
    whole = shelf.get(place)
    if whole is not None:
        return answer({"root_uri": f"dbfs:{root}", "files": [_file(path, len(whole))]})
    items = shelf.items(place)
    token = str(given.get("page_token") or "0")
    if not token.isdecimal() or int(token) > len(items):
        raise invalid(f"Invalid page_token: {token}")
    start = int(token)
    end = start + asking.knobs.page
    files = [_file(f"{path}/{one.name}" if path else one.name, one.size) for one in items[start:end]]
    more = {"next_page_token": str(end)} if end < len(items) else {}
    return answer({"root_uri": f"dbfs:{root}", "files": files, **more})


def _file(path: str, size: int | None) -> Mapping[str, Any]:
    if size is None:
        return {"path": path, "is_dir": True}
    return {"path": path, "is_dir": False, "file_size": size}
