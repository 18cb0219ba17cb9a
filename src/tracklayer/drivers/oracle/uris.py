"""`oci://bucket@namespace/name`, read and written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracklayer.drivers._uris import below
from tracklayer.errors import InvalidInput

SCHEME = "oci://"
#: https://docs.oracle.com/iaas/Content/Object/Tasks/managingbuckets_topic-To_create_a_bucket.htm
BUCKET = re.compile(r"[a-zA-Z0-9._-]{1,256}")
#: A namespace is made by Oracle; old ones are a tenancy's name.
NAMESPACE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")


@dataclass(frozen=True)
class OciUri:
    """A place in Object Storage. `name`: no `/` before it, nothing encoded; empty for the bucket itself."""

    bucket: str
    namespace: str
    name: str = ""

    @classmethod
    def read(cls, uri: str) -> OciUri:
        """From `oci://bucket@namespace[/name]`, as Oracle's own plugins write it. `InvalidInput`."""
        found = re.fullmatch(r"oci://([^/@]*)@([^/@]*)(?:/(.*))?", uri, re.DOTALL)
        if found is None or BUCKET.fullmatch(found[1]) is None or NAMESPACE.fullmatch(found[2]) is None:
            message = f"not a place in Object Storage: {uri[:200]!r}; write oci://bucket@namespace/name"
            raise InvalidInput(message)
        return cls(found[1], found[2], found[3] or "")

    def below(self, *parts: str) -> OciUri:
        """A place below this one: its name, and the parts, with a `/` between them."""
        return OciUri(self.bucket, self.namespace, below(self.name, *parts))

    def __str__(self) -> str:
        bucket = f"{SCHEME}{self.bucket}@{self.namespace}"
        return f"{bucket}/{self.name}" if self.name else bucket
