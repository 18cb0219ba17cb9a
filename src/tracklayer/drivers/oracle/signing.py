"""OCI's signature on requests that do not go through its SDK, and on those that do.

https://docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from requests import PreparedRequest
from requests.auth import AuthBase

from tracklayer.drivers.oracle.errors import translating
from tracklayer.drivers.oracle.identity import Identity


class OciSignature(AuthBase):
    """Signs each attempt anew, with the date and the identity of that moment.

    * The body is part of what is signed: bytes, or something that can be read twice (`read`, `tell`, `seek`, `len`).
    """

    def __init__(self, identity: Identity, *, provider: str) -> None:
        self._identity = identity
        self._provider = provider

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with its signature. `Unauthenticated` without credentials."""
        body: Any = request.body
        if not (body is None or isinstance(body, (bytes, str)) or (hasattr(body, "seek") and hasattr(body, "read"))):
            message = f"a stream that can be read only once cannot be signed: {type(body).__name__}"
            raise TypeError(message)
        with translating(self._provider, "sign"):
            signed: PreparedRequest = self._identity.sign(request)
        return signed

    def __repr__(self) -> str:
        return "OciSignature(***)"


def sdk_signer(identity: Identity) -> Any:
    """The same identity as the SDK's clients take it: looked up at the first request, and again when it must be."""
    return _kind()(identity)


@lru_cache(maxsize=1)
def _kind() -> type[Any]:
    """A signer of the SDK's own kind: its clients then ask for no keys in their configuration."""
    from oci.auth.signers import SecurityTokenSigner  # noqa: PLC0415 -- late: 1 s

    class Late(SecurityTokenSigner):  # type: ignore[misc] # the SDK has no types
        def __init__(self, identity: Identity) -> None:
            self._identity = identity

        def __call__(self, request: Any, enforce_content_headers: bool = True) -> Any:
            return self._identity.sign(request, body=enforce_content_headers)

        @property
        def without_content_headers(self) -> Any:
            return partial(self, enforce_content_headers=False)

    return Late
