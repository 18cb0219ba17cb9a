"""`gs://bucket/name`, read and written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracklayer.drivers._uris import below
from tracklayer.errors import InvalidInput

#: https://cloud.google.com/storage/docs/buckets#naming
BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


@dataclass(frozen=True)
class GcsUri:
    """A place in Cloud Storage. `name`: no `/` before it, nothing encoded; empty for the bucket itself."""

    bucket: str
    name: str = ""

    @classmethod
    def read(cls, uri: str) -> GcsUri:
        """From `gs://bucket[/name]`. `InvalidInput`."""
        found = re.fullmatch(r"gs://([^/]*)(?:/(.*))?", uri, re.DOTALL)
        if found is None or BUCKET.fullmatch(found[1]) is None:
            message = f"not a place in Cloud Storage: {uri[:200]!r}; write gs://bucket/name"
            raise InvalidInput(message)
        return cls(found[1], found[2] or "")

    def below(self, *parts: str) -> GcsUri:
        """A place below this one: its name, and the parts, with a `/` between them."""
        return GcsUri(self.bucket, below(self.name, *parts))

    def __str__(self) -> str:
        return f"gs://{self.bucket}/{self.name}" if self.name else f"gs://{self.bucket}"
