"""AWS's errors, in the shape of each protocol.

* JSON 1.1: `__type` in the body. REST-JSON: the header `x-amzn-errortype`. REST-XML (S3) and Query (STS): XML.
* https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Literal
from xml.sax.saxutils import escape

from tracklayer.emulators.aws.signatures import SignatureError
from tracklayer.emulators.serving import Response

Protocol = Literal["json", "rest-json", "s3", "query"]

#: What S3 calls the errors of a signature.
#: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
S3_CODES = {
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidAccessKeyId",
    "MissingAuthenticationTokenException": "AccessDenied",
    "IncompleteSignatureException": "AuthorizationHeaderMalformed",
}
#: What services of the Query protocol call them.
#: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
QUERY_CODES = {
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "IncompleteSignatureException": "IncompleteSignature",
}


class AwsError(Exception):
    """An error that a service answers with. `code`, `message` as AWS has them; `status`: HTTP."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> AwsError:
    """What AWS says of input that a rule of the service forbids."""
    return AwsError("ValidationException", message)


def unsigned(error: SignatureError, protocol: Protocol) -> AwsError:
    """A bad signature, as the protocol has it. A date, key or header that is no good is S3's 400; all else is 403."""
    names = S3_CODES if protocol == "s3" else QUERY_CODES if protocol == "query" else {}
    broken = {"InvalidArgument", "InvalidRequest", "XAmzContentSHA256Mismatch", "AuthorizationQueryParametersError"}
    status = 400 if error.code in broken or error.code == "IncompleteSignatureException" else 403
    return AwsError(names.get(error.code, error.code), error.message, status)


def shaped(protocol: Protocol, error: AwsError) -> Response:
    """The answer that carries the error."""
    number = str(uuid.uuid4())
    headers = {"x-amzn-requestid": number, "Content-Type": "application/x-amz-json-1.1"}
    if protocol == "json":
        body = json.dumps({"__type": error.code, "message": error.message})
    elif protocol == "rest-json":
        headers |= {"Content-Type": "application/json", "x-amzn-errortype": error.code}
        body = json.dumps({"message": error.message})
    else:
        inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        wrapped = f"<Error>{inner}<RequestId>{number}</RequestId></Error>"
        if protocol == "query":
            kind = "Sender" if error.status < 500 else "Receiver"  # noqa: PLR2004 -- HTTP's own line
            inner = f"<Error><Type>{kind}</Type>{inner}</Error><RequestId>{number}</RequestId>"
            wrapped = f"<ErrorResponse>{inner}</ErrorResponse>"
        headers["Content-Type"] = "text/xml" if protocol == "query" else "application/xml"
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n{wrapped}'
    return Response(error.status, body.encode(), headers, error.code)


def answered(protocol: Protocol, body: Mapping[str, Any]) -> Response:
    """A good answer in JSON."""
    kind = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
    headers = {"Content-Type": kind, "x-amzn-requestid": str(uuid.uuid4())}
    return Response(200, json.dumps(body, separators=(",", ":")).encode(), headers)
