"""What stands after the `?` of a place's URL."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from tracklayer.errors import InvalidInput

#: Bytes of a prefix, at most: a key of S3, and a name in Cloud Storage, hold 1,024.
LONGEST_PREFIX = 200


def options(url: str, *known: str) -> dict[str, str]:
    """The options of a URL, by name. `InvalidInput` for one that is not known, comes twice, or has no value."""
    query = urlsplit(url).query
    given = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in given]
    unknown = next((name for name in names if name not in known), None)
    empty = next((name for name, text in given if not text), None)
    if unknown is not None or (query and not given):
        what = f"unknown option {(unknown or query)[:80]!r}"
    elif len(set(names)) < len(names):
        what = "an option is given twice"
    elif empty is not None:
        what = f"the option {empty!r} has no value"
    else:
        return dict(given)
    raise InvalidInput(f"{url.partition('?')[0]!r}: {what}; there may be {', '.join(f'{one}=..' for one in known)}")


def prefix(given: str) -> str:
    """Of keys in a bucket: without `/` at its ends. `InvalidInput`."""
    found = given.strip("/")
    parts = found.split("/") if found else []
    odd = any(part in {"", ".", "..", ".tracklayer"} for part in parts) or re.search(r"[\x00-\x1f\x7f\\]", found)
    if odd or len(found.encode()) > LONGEST_PREFIX:
        raise InvalidInput(
            f"prefix={given[:LONGEST_PREFIX]!r} is no prefix: give at most {LONGEST_PREFIX} bytes, as in team/project"
        )
    return found
