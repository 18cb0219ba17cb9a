"""Pages: MaxResults and NextToken, the same for every List call and for Search."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tracklayer.emulators.aws.errors import invalid
from tracklayer.emulators.sagemaker.state import Region

T = TypeVar("T")


def page(
    region: Region, asked: dict[str, Any], found: Sequence[T], name: Callable[[T], str]
) -> tuple[Sequence[T], dict[str, str]]:
    """One page of what was found, already sorted; and what the answer has of the next one.

    * A token holds the last name and how many came before, so it survives things that come and go meanwhile.
    * A token is good for the same question only.
    """
    question = {key: value for key, value in asked.items() if key not in {"NextToken", "MaxResults"}}
    digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:16]
    begin = _begin(asked["NextToken"], digest, [name(one) for one in found]) if asked.get("NextToken") else 0
    end = begin + asked.get("MaxResults", region.knobs.page)
    if end >= len(found):
        return found[begin:], {}
    token = json.dumps([digest, end, name(found[end - 1])])
    return found[begin:end], {"NextToken": base64.urlsafe_b64encode(token.encode()).decode()}


def _begin(token: str, digest: str, names: Sequence[str]) -> int:
    try:
        kept, end, last = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error, TypeError):
        raise invalid("Invalid pagination token.") from None
    if kept != digest:
        raise invalid("The pagination token was given for another request.")
    return names.index(last) + 1 if last in names else int(end)


def created_within(asked: dict[str, Any], moment: float) -> bool:
    """Whether CreatedAfter and CreatedBefore let it through."""
    return bool(asked.get("CreatedAfter", moment) <= moment <= asked.get("CreatedBefore", moment))


def in_order(asked: dict[str, Any], found: list[T], name: Callable[[T], str], created: Callable[[T], float]) -> list[T]:
    """Sorted as SortBy and SortOrder say. CreationTime Descending where they do not."""
    by_name = asked.get("SortBy", "CreationTime") == "Name"
    descending = asked.get("SortOrder", "Descending") == "Descending"
    return sorted(found, key=lambda one: (0.0 if by_name else created(one), name(one).lower()), reverse=descending)
