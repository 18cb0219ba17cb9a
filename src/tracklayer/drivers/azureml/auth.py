"""The token of a job: given by the platform, and asked for anew before it ends."""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import suppress
from urllib.parse import quote

from msgspec import Struct

from tracklayer.drivers.azureml.config import Job
from tracklayer.drivers.mlflow.auth import BearerAuth
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import ProviderError, Unauthenticated

#: Seconds before its end at which a token is replaced: as azureml-mlflow does.
EARLY = 95.0


class Next(Struct):
    """The answer of the history service's token."""

    token: str

    def __repr__(self) -> str:
        return "Next(***)"


class JobToken:
    """Tokens of one job. Threads share it. `history`: the address of the workspace's history service."""

    def __init__(self, job: Job, history: str, *, provider: str) -> None:
        self._lock = threading.Lock()
        self._job = job
        self._token = job.token.get_secret_value()
        self._history = history
        self._provider = provider

    def token(self) -> str:
        """A token for a request that is sent now; the old one as long as it is good, if there is no other."""
        with self._lock:
            ends = until(self._token)
            if ends is not None and time.time() > ends - EARLY:
                self._replace(good=time.time() < ends)
            return self._token

    def renewed(self, stale: str) -> str:
        """Another token than one that was refused."""
        with self._lock:
            if self._token == stale:
                with suppress(ProviderError):  # the refusal says it better
                    self._replace(good=True)
            return self._token

    def _replace(self, *, good: bool) -> None:
        try:
            self._token = self._next()
        except ProviderError as error:
            if not good:
                message = f"the job's token has ended, and there is no other: {error.message}"
                raise Unauthenticated(message, provider=self._provider, operation="credentials") from error

    def _next(self) -> str:
        """The next token, asked for with the one that is still good."""
        if self._job.experiment is None:
            message = "AZUREML_EXPERIMENT_ID is not set, by which another one is asked for"
            raise Unauthenticated(message, provider=self._provider, operation="credentials")
        rest = Rest(self._history, BearerAuth(self._token), provider=self._provider)
        experiment, run = (quote(part, safe="") for part in (self._job.experiment, self._job.run))
        try:
            return rest.call("GET", f"/experimentids/{experiment}/runs/{run}/token", Next).token
        finally:
            rest.close()

    def __repr__(self) -> str:
        return "JobToken(***)"


def until(token: str) -> float | None:
    """When a token ends, in seconds since 1970; None where it does not say."""
    part = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 -- a JWT has three parts
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return float(claims["exp"])
    except (ValueError, TypeError, KeyError):
        return None
