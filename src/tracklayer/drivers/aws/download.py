"""A file on its way from S3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracklayer.drivers._resumed import OPERATION, Resumed
from tracklayer.drivers.aws.errors import native
from tracklayer.drivers.aws.session import Aws


class Download(Resumed):
    """The body of a GetObject."""

    def __init__(self, aws: Aws, bucket: str, key: str, answer: Mapping[str, Any]) -> None:
        super().__init__(answer["Body"], int(answer["ContentLength"]), file=repr(key), provider=aws.provider)
        self._aws = aws
        self._same = {"Bucket": bucket, "Key": key} | ({"IfMatch": answer["ETag"]} if "ETag" in answer else {})

    def _again(self) -> Any:
        with self._aws.translating(OPERATION):
            return self._aws.client("s3").get_object(**self._same, Range=f"bytes={self._at}-")["Body"]

    def _breaks(self, error: Exception) -> bool:
        return native(error) is not None
