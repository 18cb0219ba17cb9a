"""Files in S3: roots of the scheme `s3`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import BinaryIO

from tracklayer.drivers._stores.objects import Listed, ObjectFiles
from tracklayer.drivers.aws import Aws, Objects, S3Uri

#: MLflow's own name for S3's address, a MinIO's say (mlflow/environment_variables.py).
ENDPOINT = "MLFLOW_S3_ENDPOINT_URL"


def s3_endpoints(environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The address of S3 that the environment names for MLflow, as `Aws` takes it; nothing where it names none."""
    address = (os.environ if environment is None else environment).get(ENDPOINT)
    return {"s3": address} if address else {}


class S3Files(ObjectFiles):
    """`aws`: whose credentials; those of the environment, in its region, if not said."""

    schemes = ("s3",)

    def __init__(self, aws: Aws | None = None, provider: str = "mlflow") -> None:
        if aws is None:
            with suppress(ModuleNotFoundError):
                aws = Aws("", provider=provider, endpoints=s3_endpoints())
        if aws is None:
            self.lacking = "its files lie in S3, which needs boto3: pip install 'tracklayer[sagemaker]'"
        self._aws = aws

    def _put(self, root: str, path: str, data: BinaryIO, media_type: str | None) -> None:
        place = S3Uri.read(root).below(path)
        self._objects.put(place.bucket, place.key, data, media_type)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        place = S3Uri.read(root).below(path)
        return self._objects.open(place.bucket, place.key)

    def _page(self, root: str, folder: str, after: str | None) -> Listed:
        place = S3Uri.read(root).below(folder)
        prefix = f"{place.key}/" if place.key else ""
        page = self._objects.list(place.bucket, prefix, after, "/")
        folders = [(one.removeprefix(prefix), None) for one in page.folders]
        return Listed([*folders, *((one.key.removeprefix(prefix), one.size) for one in page.objects)], page.after)

    def close(self) -> None:
        """Let go of connections."""
        if self._aws is not None:
            self._aws.close()

    @property
    def _objects(self) -> Objects:
        assert self._aws is not None  # noqa: S101 -- `why_not` was asked before
        return Objects(self._aws)
