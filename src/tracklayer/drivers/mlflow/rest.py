"""The HTTP client: sends, checks, and turns what goes wrong into our errors.

* One `requests.Session` a thread and process, so connections are kept alive and never shared. Certificates are checked.
  Proxies and certificate bundles come from the environment, as `requests` has it.
* Redirects are not followed: a POST would become a GET, and credentials would go elsewhere.
* Nothing is tried again here: `layers/retry.py` does that, by what the errors say of themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, BinaryIO, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from requests.auth import AuthBase

from tracklayer.drivers._http import Sessions, encoded
from tracklayer.drivers.mlflow.errors import ONCE, REPEATABLE, Answered, Unanswered, answered
from tracklayer.spi import translating
from tracklayer.spi.causes import causes, reason

T = TypeVar("T")

#: Where the tracking calls are, after the server's address.
API = "/api/2.0/mlflow/"
#: Seconds to connect, and to wait for the next byte. MLflow's client waits 120 s (MLFLOW_HTTP_REQUEST_TIMEOUT).
CONNECT, READ = 10.0, 120.0

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
#: What a request carries: bytes, something to read (a `len` is sent along), or blocks.
Body: TypeAlias = bytes | BinaryIO | Iterable[bytes] | None
#: All that goes wrong between a request and its answer.
SILENT = (requests.RequestException, urllib3.exceptions.HTTPError)


class Rest:
    """One server's REST API.

    * `base`: its address with the path prefix, or what finds it when it is first needed, and knows it from then on.
    * `auth`: applied anew to every attempt. * `provider`: whose name errors carry.
    * `failure`: what reads an answer that is no success, by its status, headers and body.
    """

    def __init__(
        self,
        base: str | Callable[[], str],
        auth: AuthBase,
        *,
        provider: str = "mlflow",
        connect: float = CONNECT,
        read: float = READ,
        failure: Callable[[int, Mapping[str, str], bytes], Answered] = answered,
    ) -> None:
        self._base = base
        self.auth = auth
        self.provider = provider
        self.timeout = (connect, read)
        self._failure = failure
        self._sessions = Sessions()

    @property
    def base(self) -> str:
        """The server's address. Whatever looks for it raises errors of ours."""
        return self._base if isinstance(self._base, str) else self._base()

    def call(
        self,
        method: Method,
        path: str,
        shape: type[T],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> T:
        """The answer to one call, as `shape`.

        * `path`: after `/api/2.0/mlflow/`, or after the server's address if it begins with `/`.
        * `repeatable`: doing it twice is doing it once; says which failures may be tried again.
        * `headers`: sent beside those that every call has.
        """
        data = None if body is None else encoded(body)
        sent = {"Accept": "application/json"} | ({} if data is None else {"Content-Type": "application/json"})
        with self.translating(path, repeatable=repeatable):
            answer = self.whole(method, path, query=query, data=data, headers={**sent, **headers})
            return decoded(answer.content, shape, self.base)

    def whole(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        data: Body = None,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> requests.Response:
        """The successful answer, its body read. Raises the native errors of `errors.py`."""
        answer = self.send(method, path, query=query, data=data, headers=headers, auth=auth)
        try:
            _ = answer.content
        except SILENT as error:
            raise self.unanswered(error, path) from error
        return answer

    def send(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        data: Body = None,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> requests.Response:
        """The successful answer, its body not yet read. Raises the native errors of `errors.py`.

        * `path`: as in `call`; or a whole URL that the server gave, which is then asked with the `auth` that is given.
        """
        url = path if "://" in path else self.base + (path if path.startswith("/") else API + path)
        session = self._sessions.mine()
        try:
            answer = session.request(
                method,
                url,
                params=query,
                data=data,
                headers=headers,
                auth=auth or self.auth,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            )
            if HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
                return answer
            failure = self._failure(answer.status_code, answer.headers, answer.content)
        except SILENT as error:
            session.close()
            raise self.unanswered(error, url) from error
        except BaseException:  # out of `data`, or an interrupt: the request is half sent
            session.close()
            raise
        # The connection of a failed request is not to be used again: uvicorn resets it after an error of its own.
        session.close()
        raise failure

    @contextmanager
    def translating(self, operation: str, *, repeatable: bool = True) -> Iterator[None]:
        """Within the block, native errors become ours."""
        with translating(REPEATABLE if repeatable else ONCE, provider=self.provider, operation=operation):
            yield

    def unanswered(self, error: Exception, url: str) -> Unanswered:
        """A failure of `requests` or urllib3 in one plain line, which names a foreign URL by its host only."""
        connect, read = self.timeout
        place = self.base if url.startswith(self.base) or "://" not in url else "//".join(urlsplit(url)[:2])
        found = list(causes(error))
        if any(isinstance(cause, urllib3.exceptions.SSLError | requests.exceptions.SSLError) for cause in found):
            return Unanswered("untrusted", f"no trusted connection to {place}: {found[-1]}")
        if _unproxied(found):
            return Unanswered("unconnected", f"cannot reach the proxy that the environment names: {reason(found[-1])}")
        if any(isinstance(cause, _UNCONNECTED) for cause in found):
            return Unanswered("unconnected", f"cannot connect to {place}: {reason(found[-1])}; is it running?")
        if any(isinstance(cause, urllib3.exceptions.ConnectTimeoutError) for cause in found):
            return Unanswered("unconnected", f"no connection to {place} within {connect:g} s")
        if any(isinstance(cause, urllib3.exceptions.TimeoutError | requests.Timeout) for cause in found):
            return Unanswered("late", f"no answer from {place} within {read:g} s")
        return Unanswered("broken", f"the connection to {place} broke off: {reason(found[-1])}")

    def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        self._sessions.close()


def _unproxied(found: Iterable[BaseException]) -> bool:
    """Did a request fail at the proxy, before it left?

    urllib3 (2.8) says so, too, of an answer that broke off behind a proxy: `http.client` has closed the connection by
    then, and the closed one knows of no proxy. Whoever believes it makes a run twice.
    """
    kinds = [type(cause) for cause in found]
    proxy = any(issubclass(kind, urllib3.exceptions.ProxyError | requests.exceptions.ProxyError) for kind in kinds)
    broken = any(issubclass(kind, ConnectionError) for kind in kinds)
    return proxy and (not broken or any(issubclass(kind, urllib3.exceptions.NewConnectionError) for kind in kinds))


_UNCONNECTED = (urllib3.exceptions.NewConnectionError, requests.exceptions.InvalidURL)


def decoded(body: bytes, shape: type[T], base: str) -> T:
    """An answer's JSON as `shape`. Numbers may come as text: protobuf writes 64-bit integers and NaN so."""
    try:
        return msgspec.json.decode(body or b"{}", type=shape, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = "a web page" if body.lstrip()[:1] == b"<" else f"something else ({error})"
        raise Unanswered("foreign", f"{base} answers with {what}: is an MLflow server there?") from error
