"""The HTTP client: sends JSON, checks, and turns what goes wrong into our errors.

* One `requests.Session` a thread and process, so connections are kept alive and never shared. Certificates are checked.
  Proxies and certificate bundles come from the environment, as `requests` has it.
* Redirects are not followed: a token would go elsewhere.
* Nothing is tried again here: `layers/retry.py` does that, by what the errors say of themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

import msgspec
import requests
import urllib3
from requests.auth import AuthBase

from tracklayer.drivers._http import Sessions, encoded
from tracklayer.drivers.google.errors import TABLE, Answered, Unanswered, answered, translating
from tracklayer.spi import Rule

#: Seconds to connect, and to wait for the next byte: what Google's own client waits for most calls.
CONNECT, READ = 10.0, 60.0

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]
#: A JSON object.
Json: TypeAlias = dict[str, Any]


class Rest:
    """One service's REST API. `base`: its address with the version, without `/` at its end. `auth`: of each request."""

    def __init__(
        self,
        base: str,
        auth: AuthBase,
        *,
        provider: str,
        table: Sequence[Rule] = TABLE,
        timeout: tuple[float, float] = (CONNECT, READ),
    ) -> None:
        self.base = base
        self.provider = provider
        self._auth = auth
        self._table = table
        self._timeout = timeout
        self._sessions = Sessions()

    def call(
        self,
        method: Method,
        path: str,
        *,
        operation: str,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Json:
        """The answer to one call. `path`: below the base; what is no plain name in it is quoted by whoever made it.

        * `operation`: Google's name for the call, which errors carry.
        """
        with translating(self.provider, operation, self._table):
            return self._sent(method, f"{self.base}/{path}", query, None if body is None else encoded(body))

    def _sent(self, method: Method, url: str, query: Mapping[str, str | int] | None, data: bytes | None) -> Json:
        session = self._sessions.mine()
        headers = {"Accept": "application/json"} | ({} if data is None else {"Content-Type": "application/json"})
        try:
            answer = session.request(
                method,
                url,
                params=query,
                data=data,
                headers=headers,
                auth=self._auth,
                timeout=self._timeout,
                allow_redirects=False,
            )
            content = answer.content
        except (requests.RequestException, urllib3.exceptions.HTTPError):
            session.close()
            raise
        if HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return decoded(content, self.base)
        raise self._failure(answer, content)

    def _failure(self, answer: requests.Response, content: bytes) -> Answered:
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status_code < HTTPStatus.BAD_REQUEST:
            place = answer.headers.get("Location", "").partition("?")[0]
            return Answered(answer.status_code, "", f"the service redirects to {place or 'another place'}")
        return answered(answer.status_code, answer.headers, content)

    def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        self._sessions.close()


def decoded(body: bytes, base: str) -> Json:
    """An answer's JSON object."""
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = "a web page" if body.lstrip()[:1] == b"<" else f"something else ({error})"
        raise Unanswered("foreign", f"{base} answers with {what}: is Google's service there?") from error
