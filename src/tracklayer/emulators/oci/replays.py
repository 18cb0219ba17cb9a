"""Retry tokens: a request that comes again with its token is answered as it was, and nothing is done twice.

* "Retry tokens expire after 24 hours"; 1 to 64 characters.
  https://docs.oracle.com/en/cloud/paas/ai-data-platform/aiwap/ (header `opc-retry-token`)
* That another body under the same token is a conflict, and that refusals are not remembered, is not documented.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tracklayer.emulators.oci.errors import OciError, invalid
from tracklayer.emulators.serving import Response

LONGEST = 64


@dataclass
class _Kept:
    """What a token was used for. `lock`: held while it is being answered."""

    body: bytes = b""
    moment: float = 0.0
    response: Response | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Replays:
    """The tokens that were used. `window`: seconds that they are remembered for. `clock`: seconds since 1970."""

    def __init__(self, window: Callable[[], float], clock: Callable[[], float]) -> None:
        self._window, self._clock = window, clock
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()

    def answer(self, server: str, operation: str, token: str, body: bytes, make: Callable[[], Response]) -> Response:
        """The answer that the token's first request got, else what `make` gives. Raises 400, 409."""
        if not 1 <= len(token) <= LONGEST:
            raise invalid(f"opc-retry-token has 1 to {LONGEST} characters, not {len(token)}")
        with self._lock:
            kept = self._kept.setdefault((server, operation, token), _Kept())
        digest = hashlib.sha256(body).digest()
        with kept.lock:
            if kept.response is not None and self._clock() - kept.moment <= self._window():
                if kept.body != digest:
                    message = "The provided retry token was used in an earlier request that asked for something else"
                    raise OciError(409, "InvalidatedRetryToken", message)
                return kept.response
            response = make()
            if response.status < 300:  # noqa: PLR2004 -- a good answer
                kept.body, kept.moment, kept.response = digest, self._clock(), response
            return response
