"""An emulator in another process: its log, knobs and faults, by its URL."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import requests

from tracklayer.emulators.admin import PREFIX
from tracklayer.emulators.calls import Call
from tracklayer.emulators.faults import Fault
from tracklayer.errors import InvalidInput

#: Seconds to wait for an answer.
PATIENCE = 30.0


class RemoteEmulator:
    """What an `Emulator` offers to tests, in another process. It is asked directly, past any proxy."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def calls(self) -> list[Call]:
        """All calls, oldest first."""
        return [Call(**call) for call in self._ask("GET", "calls")]

    def counts(self) -> Counter[str]:
        """`service.Operation` -> how many calls."""
        return Counter(self._ask("GET", "counts"))

    def clear(self) -> None:
        """Forget the calls so far."""
        self._ask("DELETE", "calls")

    def knobs(self) -> dict[str, Any]:
        """All knobs."""
        return dict(self._ask("GET", "knobs"))

    def tune(self, **changes: Any) -> None:
        """Turn some knobs. Raises `InvalidInput`."""
        self._ask("PUT", "knobs", changes)

    def fault(self, *faults: Fault) -> None:
        """Let these faults happen."""
        self._ask("POST", "faults", [asdict(fault) for fault in faults])

    def heal(self) -> None:
        """Forget the faults still to come."""
        self._ask("DELETE", "faults")

    def reset(self) -> None:
        """Forget all state, calls and faults."""
        self._ask("POST", "reset")

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, self.url + PREFIX + what, json=body, timeout=PATIENCE)
            if not answer.ok:
                raise InvalidInput(answer.json()["error"])
            return answer.json()
