"""Long-running operations: what Google answers to deleting, and to making what takes a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from tracklayer.drivers.google.errors import TABLE, Answered
from tracklayer.drivers.google.rest import Json, Rest
from tracklayer.errors import Timeout
from tracklayer.spi import translated

#: Seconds between two looks, from the first to the longest; and in all.
FIRST, LONGEST, PATIENCE = 0.05, 2.0, 120.0
#: Names of google.rpc.Code by number: an operation's error has the number only.
_CODES: Mapping[int, str] = dict(
    enumerate(
        (
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
            "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
        )
    )
)  # fmt: skip


def finished(
    rest: Rest,
    operation: Json,
    what: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Json:
    """The response of an operation, waited for. `what`: the call that began it, for errors.

    * `Timeout` when it takes too long: it goes on all the same.
    """
    begun, pause = clock(), FIRST
    while not operation.get("done"):
        if clock() - begun > PATIENCE:
            message = f"not done within {PATIENCE:g} s; it goes on: {operation.get('name', '')}"
            raise Timeout(message, provider=rest.provider, operation=what)
        sleep(pause)
        pause = min(2 * pause, LONGEST)
        operation = rest.call("GET", operation["name"], operation=what)
    error = operation.get("error")
    if error:
        native = Answered(200, _CODES.get(int(error.get("code", 2)), "UNKNOWN"), str(error.get("message", "")))
        ours = translated(TABLE, native, provider=rest.provider, operation=what)
        raise native if ours is None else ours from native
    response = operation.get("response")
    return response if isinstance(response, dict) else {}
