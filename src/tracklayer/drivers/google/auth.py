"""Google's credentials on requests: the chain that every client of Google's has, found when the first call is made."""

from __future__ import annotations

import os
import threading
from collections.abc import MutableMapping
from importlib.util import find_spec
from typing import Any, cast

import requests
from requests.auth import AuthBase

#: Where credentials are looked for: https://cloud.google.com/docs/authentication/application-default-credentials
CREDENTIALS = ("GOOGLE_APPLICATION_CREDENTIALS", "~/.config/gcloud/application_default_credentials.json")
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class Identity:
    """Who asks. Threads share it; each request is signed as it is sent, so a token is never old.

    * A service account signs its tokens itself (https://google.aip.dev/auth/4111): no token is fetched.
    """

    def __init__(self) -> None:
        """Looks for nothing yet. `ModuleNotFoundError` when google-auth is not installed."""
        if find_spec("google") is None or find_spec("google.auth") is None:
            message = "No module named 'google.auth'"
            raise ModuleNotFoundError(message, name="google-auth")
        self._lock = threading.Lock()
        self._process = 0
        self._found: Any = None

    def credentials(self) -> Any:
        """google-auth's credentials, made once a process. Raises google-auth's errors."""
        with self._lock:
            if self._process != os.getpid():
                import google.auth  # noqa: PLC0415 -- late: 0.2 s

                found, _ = google.auth.default(scopes=[SCOPE])
                if hasattr(found, "with_always_use_jwt_access"):
                    found = found.with_always_use_jwt_access(always_use_jwt_access=True)
                self._found, self._process = found, os.getpid()
            return self._found

    def sign(self, method: str, url: str, headers: MutableMapping[str, str]) -> None:
        """Put a token among a request's headers, a new one if need be."""
        from google.auth.transport.requests import Request  # noqa: PLC0415 -- late

        found = self.credentials()
        with self._lock:  # one thread renews a token, the others wait for it
            found.before_request(Request(), method, url, headers)


class GoogleAuth(AuthBase):
    """Signs each request of a session."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        headers = cast("MutableMapping[str, str]", request.headers)
        self._identity.sign(request.method or "GET", request.url or "", headers)
        return request
