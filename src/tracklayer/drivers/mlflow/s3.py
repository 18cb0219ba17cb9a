"""Files in S3: a server that leaves its artifacts to its clients, with roots of the scheme `s3`.

Keys are joined from the root and a checked path; what S3 lists is checked by `artifacts.py` before it is a path.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from mimetypes import guess_type
from typing import BinaryIO

from tracklayer.drivers.aws import Aws, Objects, S3Uri
from tracklayer.drivers.mlflow.artifacts import Entry

#: MLflow's own name for S3's address, a MinIO's say (mlflow/environment_variables.py).
ENDPOINT = "MLFLOW_S3_ENDPOINT_URL"
SCHEME = "s3://"


def s3_endpoints(environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The address of S3 that the environment names for MLflow, as `Aws` takes it; nothing where it names none."""
    address = (os.environ if environment is None else environment).get(ENDPOINT)
    return {"s3": address} if address else {}


class S3Files:
    """Roots of the scheme `s3`. `aws`: whose credentials; those of the environment, in its region, if not said."""

    def __init__(self, aws: Aws | None = None, provider: str = "mlflow") -> None:
        if aws is None:
            with suppress(ModuleNotFoundError):
                aws = Aws("", provider=provider, endpoints=s3_endpoints())
        self._aws = aws
        self._objects = None if aws is None else Objects(aws)

    def why_not(self, root: str) -> str | None:
        """Every root in S3, if AWS's SDK is installed."""
        if not root.startswith(SCHEME):
            return ""
        if self._objects is None:
            return "its files lie in S3, which needs boto3: pip install 'tracklayer[sagemaker]'"
        return None

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file, with the media type that its name says."""
        place = S3Uri.read(root).below(path)
        media_type, encoding = guess_type(path)
        self._there.put(place.bucket, place.key, data, None if encoding else media_type)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream."""
        place = S3Uri.read(root).below(path)
        return self._there.open(place.bucket, place.key)

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds. What S3's console makes to show an empty folder, a key that ends with `/`, is none."""
        place = S3Uri.read(root).below(folder)
        prefix = f"{place.key}/" if place.key else ""
        found: list[Entry] = []
        after: str | None = None
        while True:
            page = self._there.list(place.bucket, prefix, after, "/")
            named = [(one.removeprefix(prefix).removesuffix("/"), None) for one in page.folders]
            files = [(one.key.removeprefix(prefix), one.size) for one in page.objects]
            found += [Entry(name, is_folder=size is None, size=size) for name, size in (*named, *files) if name]
            after = page.after
            if after is None:
                return found

    def close(self) -> None:
        """Let go of connections."""
        if self._aws is not None:
            self._aws.close()

    @property
    def _there(self) -> Objects:
        assert self._objects is not None  # noqa: S101 -- `why_not` was asked before
        return self._objects
