"""How a request says who sends it: nothing, a password, or a token.

Each is applied anew to every attempt, belongs to one driver instance, and shows nothing of itself.
"""

from __future__ import annotations

import base64

from requests import PreparedRequest
from requests.auth import AuthBase


class NoAuth(AuthBase):
    """Says nothing. Given explicitly, it also keeps `requests` from sending a password out of `~/.netrc`."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request as it is."""
        return request

    def __repr__(self) -> str:
        return "NoAuth()"


class _Header(AuthBase):
    """Sends one Authorization header."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with the header."""
        request.headers["Authorization"] = self._value
        return request

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class BasicAuth(_Header):
    """A user's name and password, as UTF-8 ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617))."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}")


class BearerAuth(_Header):
    """A token ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750))."""

    def __init__(self, token: str) -> None:
        super().__init__(f"Bearer {token}")
