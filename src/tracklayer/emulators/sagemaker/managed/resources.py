"""The servers that there are: what the control plane makes and lists, and the data plane looks up by ARN."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from tracklayer.emulators.sagemaker.managed.kinds import APP, Kind


@dataclass
class Resource:
    """One server. `fields`: as the control plane describes it, with its status, times and texts."""

    kind: Kind
    region: str
    name: str
    arn: str
    fields: dict[str, Any] = field(default_factory=dict)
    token: str = field(default_factory=lambda: made(ascii_lowercase + digits, 12))

    @property
    def artifacts(self) -> str:
        """Where its files lie, without `/` at the end."""
        return str(self.fields["ArtifactStoreUri"]).rstrip("/")

    @property
    def serves(self) -> bool:
        """Whether it is up."""
        return bool(self.fields.get("IsActive", "Active") == "Active")

    @property
    def url(self) -> str:
        """The address of its pages."""
        if self.kind is APP:
            return f"https://mlflow.sagemaker.{self.region}.app.aws/{self.arn.rpartition('/')[2]}"
        return f"https://t-{self.token}.{self.region}.experiments.sagemaker.aws"


class Resources:
    """All of them, by ARN. Threads may use it at the same time."""

    def __init__(self) -> None:
        self._found: dict[str, Resource] = {}
        self._lock = threading.Lock()

    def add(self, kind: Kind, region: str, account: str, name: str, fields: dict[str, Any]) -> Resource | None:
        """A new one; None when the name is taken, in whatever case."""
        with self._lock:
            same = (one for one in self._found.values() if (one.kind, one.region) == (kind, region))
            if any(one.name.lower() == name.lower() for one in same):
                return None
            # An app is named by an id of the service's own; what a real one looks like is not documented.
            last = f"app-{made(ascii_uppercase + digits, 12)}" if kind is APP else name
            now = time.time()
            arn = f"arn:{_partition(region)}:sagemaker:{region}:{account}:{kind.name}/{last}"
            made_one = Resource(kind, region, name, arn, {"CreationTime": now, "LastModifiedTime": now, **fields})
            self._found[arn] = made_one
            return made_one

    def of(self, arn: str) -> Resource | None:
        """The one of that ARN."""
        with self._lock:
            return self._found.get(arn)

    def named(self, kind: Kind, region: str, name: str) -> Resource | None:
        """The one of that name, in whatever case."""
        return next((one for one in self.all(kind, region) if one.name.lower() == name.lower()), None)

    def all(self, kind: Kind, region: str) -> list[Resource]:
        """All of a kind in a region, oldest first."""
        with self._lock:
            return [one for one in self._found.values() if (one.kind, one.region) == (kind, region)]

    def remove(self, resource: Resource) -> None:
        """Forget one."""
        with self._lock:
            self._found.pop(resource.arn, None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._found.clear()


def made(letters: str, size: int) -> str:
    """A random text of those letters."""
    return "".join(secrets.choice(letters) for _ in range(size))


def _partition(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")
