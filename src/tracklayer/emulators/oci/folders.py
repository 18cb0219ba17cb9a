"""What lies in a folder of Object Storage, as MLflow lists it (artifacts/list)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tracklayer.emulators.oci.names import REGION, TENANCIES
from tracklayer.emulators.oci.storage.store import Store


def files_in(store: Store, root: str, path: str) -> list[dict[str, Any]]:
    """The files and folders directly under `path`. Paths are told from `root`, `oci://bucket@namespace/...`."""
    place = urlsplit(root)
    bucket, _, namespace = place.netloc.partition("@")
    tenancy = next((one for one in TENANCIES if one.namespace == namespace), TENANCIES[0])
    base = place.path.strip("/") + "/"
    prefix = base + (path.strip("/") + "/" if path.strip("/") else "")
    folders: dict[str, None] = {}
    files: dict[str, int] = {}
    with store.lock:
        for name, blob in store.bucket(tenancy, REGION, namespace, bucket).blobs.items():
            if name.startswith(prefix):
                first, cut, _ = name.removeprefix(prefix).partition("/")
                told = (prefix + first).removeprefix(base)
                if cut:
                    folders[told] = None
                else:
                    files[told] = len(blob.content)
    found: list[dict[str, Any]] = [{"path": told, "is_dir": True} for told in folders]
    found += [{"path": told, "is_dir": False, "file_size": size} for told, size in files.items()]
    return sorted(found, key=lambda one: str(one["path"]))
