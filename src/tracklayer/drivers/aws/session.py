"""What one driver instance needs of AWS's SDK: a session, a client for each service, and the account's number.

boto3 is imported when the first call is made, never before.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from tracklayer.drivers.aws.errors import TABLE, translating
from tracklayer.spi import Rule

#: Where credentials are looked for: botocore's own chain, its files last.
CREDENTIALS = (
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "~/.aws/credentials",
    "~/.aws/config",
)
#: Seconds to connect, and to wait for the next byte; botocore waits 60 and 60.
CONNECT, READ = 10.0, 60.0

#: Attempts of one request, the first included, by service.
#:
#: * `layers/retry.py` repeats whole calls of a driver, so the SDK is to repeat little: with its own three attempts a
#:   call that takes several requests need not begin anew when one of them is throttled.
#: * `sagemaker-metrics` once only: a point that is sent twice may be counted twice (BatchPutMetrics has no token), so
#:   the driver must know of every attempt.
#: * `s3` five times: every request is idempotent there, and a file in parts is many of them.
ATTEMPTS: Mapping[str, int] = MappingProxyType({"sagemaker": 3, "sagemaker-metrics": 1, "s3": 5, "sts": 3})
#: Connections that are kept, by service: `Objects` sends four parts at once, from several threads.
CONNECTIONS: Mapping[str, int] = MappingProxyType({"s3": 32})


class Aws:
    """One region, as one profile or as the environment says.

    * `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_CA_BUNDLE`, proxies and the whole chain of credentials are
      the SDK's own, read when the first call is made.
    * Clients are shared by threads, and never by processes: a forked child makes its own.
    * `region`: empty for what the SDK's own chain says. * `endpoints`: service -> address, before all that it says.
    * `role`: the ARN of a role that `credentials` takes on, for signatures; clients keep the credentials they find.
    * `provider`: whose name errors carry.
    """

    def __init__(
        self,
        region: str,
        profile: str | None = None,
        *,
        provider: str = "sagemaker",
        endpoints: Mapping[str, str] = MappingProxyType({}),
        role: str | None = None,
    ) -> None:
        """Makes no call, and imports nothing. `ModuleNotFoundError` when boto3 is not installed."""
        if find_spec("boto3") is None:
            message = "No module named 'boto3'"
            raise ModuleNotFoundError(message, name="boto3")
        self.region = region
        self.profile = profile
        self.provider = provider
        self.endpoints = dict(endpoints)
        self.role = role
        self._by_process: dict[int, _Clients] = {}

    def client(self, service: str) -> Any:
        """The client of a service (`sagemaker`, `sagemaker-metrics`, `s3`, `sts`): made once, safe for threads."""
        return self._here().client(service)

    def credentials(self) -> Any:
        """The credentials (botocore's), which renew themselves. `botocore.exceptions.NoCredentialsError` for none."""
        return self._here().credentials()

    def account(self) -> str:
        """The number of the account that the credentials are of, asked for once."""
        here = self._here()
        if here.account is None:
            with self.translating("GetCallerIdentity"):
                here.account = str(self.client("sts").get_caller_identity()["Account"])
        return here.account

    @contextmanager
    def translating(self, operation: str, table: Sequence[Rule] = TABLE) -> Iterator[None]:
        """Within the block, errors of the SDK become ours."""
        with translating(self.provider, operation, table):
            yield

    def close(self) -> None:
        """Let go of all connections of this process. A later call opens new ones."""
        here = self._by_process.pop(os.getpid(), None)
        if here is not None:
            here.close()

    def _here(self) -> _Clients:
        """What belongs to this process: a child must not wait for a lock, nor read from a socket, of its parent."""
        process = os.getpid()
        found = self._by_process.get(process)
        return found or self._by_process.setdefault(process, _Clients(self))

    def __repr__(self) -> str:
        return f"Aws({self.region!r})"


@lru_cache(maxsize=4)
def _loader(path: str | None) -> Any:
    """The SDK's descriptions of services, parsed once a process: SageMaker's takes half a second."""
    from botocore.loaders import create_loader  # noqa: PLC0415 -- late

    return create_loader(path)


class _Clients:
    """The session and the clients of one process."""

    def __init__(self, aws: Aws) -> None:
        self.account: str | None = None
        self._aws = aws
        self._lock = threading.RLock()
        self._session: Any = None
        self._credentials: Any = None
        self._clients: dict[str, Any] = {}

    def session(self) -> Any:
        with self._lock:
            if self._session is None:
                import boto3  # noqa: PLC0415 -- late: 0.9 s
                import botocore.session  # noqa: PLC0415 -- likewise

                bare, loader = botocore.session.Session(), _loader(os.environ.get("AWS_DATA_PATH"))
                bare.register_component("data_loader", loader)
                self._session = boto3.Session(
                    botocore_session=bare, region_name=self._aws.region or None, profile_name=self._aws.profile
                )
                loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # each session adds boto3's own once more
            return self._session

    def credentials(self) -> Any:
        """Those of the session, or of the role they are to take on; None where there are none is an error."""
        with self._lock:
            if self._credentials is None:
                found = self.session().get_credentials()
                if found is None:
                    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415 -- late

                    raise NoCredentialsError
                self._credentials = found if self._aws.role is None else self._taken_on(found, self._aws.role)
            return self._credentials

    def _taken_on(self, own: Any, role: str) -> Any:
        """The role's credentials, asked for when they are needed, and again before they end."""
        from botocore import credentials as sdk  # noqa: PLC0415 -- late

        fetcher = sdk.AssumeRoleCredentialFetcher(
            self.session().client, own, role, extra_args={"RoleSessionName": "tracklayer"}
        )
        return sdk.DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")

    def client(self, service: str) -> Any:
        found = self._clients.get(service)
        if found is not None:
            return found
        with self._lock:  # a session makes clients for one thread at a time
            if service not in self._clients:
                from botocore.config import Config  # noqa: PLC0415 -- late

                config = Config(
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS.get(service, 3)},
                    connect_timeout=CONNECT,
                    read_timeout=READ,
                    max_pool_connections=CONNECTIONS.get(service, 10),
                    user_agent_extra=f"tracklayer/{version('tracklayer')}",
                )
                self._clients[service] = self.session().client(
                    service, config=config, endpoint_url=self._aws.endpoints.get(service)
                )
            return self._clients[service]

    def close(self) -> None:
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()
