"""A storm: places whose requests fail by chance, and in which a process is killed at one of them."""

from __future__ import annotations

import random
import subprocess
import threading
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from contract_tests.servers.recorder import Answer, Drop, Lose
from contract_tests.servers.recorder import Fault as Recorded

from tracklayer.emulators.faults import Fault, Faults

#: How a request fails: refused for the rate, refused as the service is not well, or with no answer: before it is
#: carried out, or after.
Failing: TypeAlias = Literal["limited", "unwell", "reset", "lost-before", "lost-after"]
KINDS: tuple[Failing, ...] = ("limited", "unwell", "reset", "lost-before", "lost-after")
AWS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {"limited": (400, "ThrottlingException"), "unwell": (503, "ServiceUnavailable")}
)
#: Service -> status and code of its two refusals; of others, as MLflow's.
REFUSALS: Mapping[str, Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "sagemaker": AWS,
        "sagemaker-metrics": AWS,
        "sts": AWS,
        "s3": {"limited": (503, "SlowDown"), "unwell": (500, "InternalError")},
        "": {"limited": (429, "REQUEST_LIMIT_EXCEEDED"), "unwell": (503, "TEMPORARILY_UNAVAILABLE")},
    }
)


class Storm:
    """Of all requests a `share` fails, each kind as often as the other; the same `seed` gives the same storm.

    * `counted`: what has happened. `calm` ends it.
    """

    def __init__(self, seed: int, share: float = 0.3) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- no secret
        self._share = share
        self._lock = threading.Lock()
        self._victim: subprocess.Popen[str] | None = None
        self._left = -1
        self.counted: Counter[str] = Counter()

    def between(self, least: int, most: int) -> int:
        """Some number."""
        return self._random.randint(least, most)

    def aim(self, victim: subprocess.Popen[str], after: int) -> None:
        """Kill that process when so many more requests have come, be it before or after the last is carried out."""
        with self._lock:
            self._victim, self._left = victim, after

    def lower(self) -> bool:
        """Kill nobody any more. Was somebody killed since `aim`?"""
        with self._lock:
            killed, self._victim, self._left = self._left == 0, None, -1
            return killed

    def calm(self) -> None:
        """From now on all goes well."""
        with self._lock:
            self._share = 0.0

    def next(self) -> Failing | None:
        """What becomes of the request that is coming."""
        with self._lock:
            self.counted["request"] += 1
            if self._victim is not None:
                self._left -= 1
                if self._left == 0:
                    self._victim.kill()
                    self._victim = None
                    self.counted["kill"] += 1
                    return self._random.choice(("lost-before", "lost-after"))
            if self._random.random() >= self._share:
                return None
            kind = self._random.choice(KINDS)
            self.counted[kind] += 1
            return kind

    # -- over an emulator, and over a server behind a recorder

    def over(self) -> Faults:
        """What an emulator's `faults` are to be."""
        return _Gusts(self)

    def disturb(self, _method: str, _path: str) -> Recorded | None:
        """What a recorder is to be disturbed by."""
        kind = self.next()
        if kind in {"limited", "unwell"}:
            status, code = REFUSALS[""][kind]
            return Answer(status, f'{{"error_code":"{code}","message":"a storm"}}'.encode())
        return None if kind is None else Lose() if kind == "lost-after" else Drop()


class _Gusts(Faults):
    def __init__(self, storm: Storm) -> None:
        super().__init__()
        self._storm = storm

    def take(self, service: str, operation: str) -> Fault | None:
        kind = self._storm.next()
        if kind is None:
            return None
        if kind in {"limited", "unwell"}:
            status, code = REFUSALS.get(service, REFUSALS[""])[kind]
            return Fault(operation, "answer", status=status, code=code, message="a storm")
        native: Mapping[str, Literal["reset", "drop-before", "drop-after"]] = {
            "reset": "reset",
            "lost-before": "drop-before",
            "lost-after": "drop-after",
        }
        return Fault(operation, native[kind])
