"""What a workspace says with an answer that is no success: as MLflow, but for one thing.

* A token that is wrong or has run out is answered with 403, as a lacking right is: `{"error_code": 403, "message":
  "Invalid access token."}` (databricks/databricks-sdk-go#917), or a page that says so
  (databricks/terraform-provider-databricks#66).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from tracklayer.drivers.mlflow.errors import Answered, answered

_TOKEN = re.compile(rb"(?i)(invalid|expired) access token|access token (is|has) expired|token is expir")


def failure(status: int, headers: Mapping[str, str], body: bytes) -> Answered:
    """The native error of an answer."""
    given = answered(status, headers, body)
    if status == HTTPStatus.FORBIDDEN and _TOKEN.search(body):
        said = "the access token is wrong, or has run out"
        return Answered(HTTPStatus.UNAUTHORIZED, given.code, said, given.retry_after)
    return given
