"""Signature Version 4 for requests that do not go through AWS's SDK.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from requests import PreparedRequest
from requests.auth import AuthBase

from tracklayer.drivers.aws.session import Aws

#: Headers that a signature covers if they are there; what proxies and `requests` change on the way is left out.
COVERED = ("Content-Type",)


class SigV4(AuthBase):
    """Signs each attempt anew, as one service in one region, with the credentials of that moment.

    * `service`: AWS's name for it in signatures. The region is the session's.
    * `headers`: sent with each request, and covered by its signature.
    * A body is bytes or text: its digest is part of what is signed, so a stream cannot be.
    """

    def __init__(self, aws: Aws, service: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self._aws = aws
        self._service = service
        self._headers = dict(headers)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with its headers and its signature. `Unauthenticated` without credentials."""
        from botocore.auth import SigV4Auth  # noqa: PLC0415 -- late
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415 -- late

        body = request.body or b""
        data = body.encode() if isinstance(body, str) else body
        if not isinstance(data, bytes):
            message = f"a stream cannot be signed for {self._service}: {type(body).__name__}"
            raise TypeError(message)
        # AWS verifies the query with %20 for a blank, as its own rules have it; `requests` writes a plus.
        path, mark, query = str(request.url).partition("?")
        request.url = f"{path}{mark}{query.replace('+', '%20')}"
        request.headers.update(self._headers)
        covered = {name: request.headers[name] for name in COVERED if name in request.headers}
        covered |= self._headers | {"X-Amz-Content-SHA256": hashlib.sha256(data).hexdigest()}
        signed = AWSRequest(method=request.method, url=request.url, data=data, headers=covered)
        with self._aws.translating("sign"):
            credentials = self._aws.credentials().get_frozen_credentials()
            SigV4Auth(credentials, self._service, self._aws.region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request

    def __repr__(self) -> str:
        return f"SigV4({self._service!r}, {self._aws.region!r})"
