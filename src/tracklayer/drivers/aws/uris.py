"""`s3://bucket/key`, read and written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracklayer.drivers._uris import below
from tracklayer.errors import InvalidInput

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, with the letters of older buckets.
BUCKET = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]")


@dataclass(frozen=True)
class S3Uri:
    """A place in S3. `key` is what S3 names it: no `/` before it, nothing encoded; empty for the bucket itself."""

    bucket: str
    key: str = ""

    @classmethod
    def read(cls, uri: str) -> S3Uri:
        """From `s3://bucket[/key]`. `InvalidInput`."""
        found = re.fullmatch(r"s3[an]?://([^/]*)(?:/(.*))?", uri, re.DOTALL)
        if found is None or BUCKET.fullmatch(found[1]) is None:
            message = f"not a place in S3: {uri[:200]!r}; write s3://bucket/key"
            raise InvalidInput(message)
        return cls(found[1], found[2] or "")

    def below(self, *parts: str) -> S3Uri:
        """A place below this one: its key, and the parts, with a `/` between them."""
        return S3Uri(self.bucket, below(self.key, *parts))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}" if self.key else f"s3://{self.bucket}"
