"""StagedTarget: an emulator behind a proxy of its own, so that a driver meets it at the cloud's real host names."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from contract_tests.targets.base import Target

from tracklayer.spi import Driver, open_driver

if TYPE_CHECKING:
    from tracklayer.emulators.stage import Stage


class StagedTarget(Target):
    """One emulator, by its name. `knobs`: how it behaves. `direct`: without the proxy, where addresses can be named.

    * The proxy, its CA and the credentials are variables, which are read when a request is sent: so they are set
      whenever a driver is opened, for another target of the session may have set its own.
    """

    processes = True

    def __init__(
        self, name: str, emulator: str, knobs: Mapping[str, Any] | None = None, *, direct: bool = False
    ) -> None:
        self.name = name
        self.emulator = emulator
        self.knobs = dict(knobs or {})
        self.direct = direct
        self.stage: Stage | None = None
        self.started = ExitStack()
        self.before: dict[str, str | None] = {}

    def start(self) -> str:
        from tracklayer.emulators.stage import emulated  # noqa: PLC0415 -- not needed to name the targets

        self.stage = self.started.enter_context(emulated(self.emulator, knobs=self.knobs, direct=self.direct))
        hidden = self.stage.hidden(os.environ)
        environment = {**dict.fromkeys(hidden), **self.stage.environment}
        return json.dumps({"url": self.stage.places[self.emulator], "environment": environment})

    def join(self, where: str) -> None:
        """Note what the variables were."""
        super().join(where)
        if not self.live:
            self.before = {name: os.environ.get(name) for name in json.loads(where)["environment"]}

    def stop(self) -> None:
        super().stop()
        _become(self.before)
        self.started.close()

    def open(self) -> Driver:
        if self.live:
            return open_driver(self.live)
        there = json.loads(self.where)
        _become(there["environment"])
        return open_driver(there["url"])

    def again(self, driver: Driver) -> Driver:
        if not self.live:
            _become(json.loads(self.where)["environment"])
        return super().again(driver)

    def environment(self) -> Mapping[str, str]:
        if self.live:
            return {}
        return {name: text for name, text in json.loads(self.where)["environment"].items() if text is not None}

    def requests(self) -> int | None:
        return None if self.stage is None else self.stage.emulators[self.emulator].calls.count()


def _become(variables: Mapping[str, str | None]) -> None:
    """Let these variables have these texts; None: not be there."""
    for name, text in variables.items():
        if text is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = text
