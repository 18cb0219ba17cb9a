"""What Azure's services say with an answer that is no success, in one clear line.

* The tracker: `{"Error": {"Code": .., "Message": "A field of the entity is over the size limit. FieldName=Parameters,
  Limit=200, Size=207. See ..."}, "error_code": "INVALID_PARAMETER_VALUE", ..}` (mlflow/mlflow#11462, QwenLM/Qwen3#113).
  MLflow's word stands outside, the text inside.
* The history service and the Resource Manager: `{"error": {"code": .., "message": ..}}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tracklayer.drivers.mlflow.errors import Answered, answered

_SIZE = re.compile(r"FieldName=(?P<field>[^,\s]+), Limit=(?P<limit>\d+)(?:, Size=(?P<size>\d+))?")


def failure(status: int, headers: Mapping[str, str], body: bytes) -> Answered:
    """The native error of an answer."""
    given = answered(status, headers, body)
    said = _clear(given.said)
    return Answered(given.status, _word(body) or given.code, said, given.retry_after)


def _word(body: bytes) -> str:
    """MLflow's own word for what is wrong, where the answer has it beside the service's."""
    try:
        whole: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    word = whole.get("error_code") if isinstance(whole, dict) else None
    return word if isinstance(word, str) else ""


def _clear(said: str) -> str:
    """`Parameters is over its limit: 207, where the service takes 200`."""
    found = _SIZE.search(said)
    if found is None:
        return said
    size = f"{found['size']}, where " if found["size"] else ""
    return f"{found['field']} is over its limit: {size}the service takes {found['limit']}"
