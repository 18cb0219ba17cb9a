"""What one driver instance needs of OCI's SDK: an identity, and a client for Object Storage.

The SDK is imported when the first call is made, never before: it takes 1 s.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from tracklayer.drivers.oracle.errors import TABLE, Unanswered, translating
from tracklayer.drivers.oracle.identity import Identity
from tracklayer.drivers.oracle.login import OWN_REGION, Login
from tracklayer.drivers.oracle.retries import few
from tracklayer.drivers.oracle.signing import sdk_signer
from tracklayer.spi import Rule

#: Seconds to connect, and to wait for the next byte: the SDK's own.
TIMEOUT = (10.0, 60.0)


class _Own:
    """What belongs to one process: a child must not wait for a lock, nor read from a socket, of its parent."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.storage: Any = None


class Oracle:
    """One identity of OCI. `login`: which; read from the environment when it is first needed, if not said.

    * Clients are shared by threads, and never by processes: a forked child makes its own.
    * `provider`: whose name errors carry.
    """

    def __init__(self, login: Login | None = None, *, provider: str = "oci") -> None:
        """Makes no call, and imports nothing. `ModuleNotFoundError` when the SDK is not installed."""
        if find_spec("oci") is None:
            message = "No module named 'oci'"
            raise ModuleNotFoundError(message, name="oci")
        self.provider = provider
        self._login = login
        self._identity: Identity | None = None
        self._by_process: dict[int, _Own] = {}

    @property
    def login(self) -> Login:
        """Which identity. `InvalidInput` for an environment that names none of them."""
        if self._login is None:
            self._login = Login.read()
        return self._login

    @property
    def identity(self) -> Identity:
        """Who signs."""
        if self._identity is None:
            self._identity = Identity(self.login)
        return self._identity

    def storage(self) -> Any:
        """The SDK's client for Object Storage, made once a process, safe for threads."""
        own = self._by_process.setdefault(os.getpid(), _Own())
        with own.lock:
            if own.storage is None:
                own.storage = self._client()
            return own.storage

    @contextmanager
    def translating(self, operation: str, table: Sequence[Rule] = TABLE) -> Iterator[None]:
        """Within the block, errors of the SDK become ours."""
        with translating(self.provider, operation, table):
            yield

    def close(self) -> None:
        """Let go of all connections of this process. A later call opens new ones."""
        own = self._by_process.pop(os.getpid(), None)
        if own is not None and own.storage is not None:
            own.storage.base_client.session.close()

    def _client(self) -> Any:
        from oci.circuit_breaker import NoCircuitBreakerStrategy  # noqa: PLC0415 -- late: 1 s
        from oci.object_storage import ObjectStorageClient  # noqa: PLC0415 -- likewise

        region = self.login.region or (self.identity.region() if self.login.storage is None else "")
        if not region and self.login.storage is None:
            message = f"no region for Object Storage: the identity has none of its own; set {OWN_REGION}"
            raise Unanswered("unsigned", message)
        return ObjectStorageClient(
            {"region": region, "additional_user_agent": f"tracklayer/{version('tracklayer')}"},
            signer=sdk_signer(self.identity),
            service_endpoint=self.login.storage,
            timeout=TIMEOUT,
            retry_strategy=few(),
            circuit_breaker_strategy=NoCircuitBreakerStrategy(),
            enable_strict_url_encoding=True,
            allow_control_chars=True,
        )

    def __repr__(self) -> str:
        return f"Oracle({self.provider!r})"
