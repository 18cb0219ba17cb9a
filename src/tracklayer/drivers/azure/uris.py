"""Places in Blob Storage, as MLflow and Hadoop write them, and URLs that are signed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from tracklayer.drivers._uris import below
from tracklayer.errors import InvalidInput

#: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage
_PLACE = re.compile(
    r"(?P<scheme>wasbs?|abfss?)://(?P<container>[a-z0-9$][a-z0-9-]{0,62})@(?P<account>[a-z0-9]{3,24}(?:-secondary)?)"
    r"\.(?P<kind>blob|dfs)\.(?P<suffix>core\.[a-z.]+|storage\.azure\.net)(?:/(?P<name>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class BlobUri:
    """A place in Blob Storage. `account`: its address. `name`: no `/` before it, nothing encoded; empty for the root.

    * `abfss` names an account by its address for Data Lake Storage; the same files have one for Blob Storage, which
      is the one here.
    """

    account: str
    container: str
    name: str = ""

    @classmethod
    def read(cls, uri: str) -> BlobUri:
        """From `wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/NAME` or `abfss://...dfs...`. `InvalidInput`."""
        found = _PLACE.fullmatch(uri)
        if found is None:
            message = (
                f"not a place in Blob Storage: {uri[:200]!r};"
                " write wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/NAME"
            )
            raise InvalidInput(message)
        return cls(f"https://{found['account']}.blob.{found['suffix']}", found["container"], found["name"] or "")

    def below(self, *parts: str) -> BlobUri:
        """A place below this one: its name, and the parts, with a `/` between them."""
        return BlobUri(self.account, self.container, below(self.name, *parts))

    def __str__(self) -> str:
        return f"{self.account}/{self.container}/{self.name}"


@dataclass(frozen=True)
class SignedUri:
    """One blob, and the signature that opens it, which is shown nowhere."""

    at: BlobUri
    signature: str = field(repr=False)

    @classmethod
    def read(cls, url: str) -> SignedUri:
        """From the URL that a service gave. `ValueError` when it is none of a blob's, over TLS: it is not shown."""
        parts = urlsplit(url)
        container, _, name = parts.path.lstrip("/").partition("/")
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not (name and parts.query):
            message = f"the service gave no signed https URL of a blob, but one of {parts.scheme}://{parts.hostname}"
            raise ValueError(message)
        return cls(BlobUri(f"https://{parts.netloc}", unquote(container), unquote(name)), parts.query)
