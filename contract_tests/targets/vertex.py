"""Vertex AI Experiments: the emulator, with a TensorBoard, without one, and with each open question read otherwise."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from types import MappingProxyType

from contract_tests.targets.base import Beyond, Target

from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.vertex import BUCKET, LOCATION, PROJECT, Knobs, VertexEmulator
from tracklayer.spi import Driver


class VertexTarget(Target):
    """`vertex://PROJECT/us-central1?bucket=..[&tensorboard=..]`."""

    processes = True
    effort = (15, 15)
    #: Bounds of ours: a run's metadata hold 200 KB in all, and each slot has its share.
    beyond: Mapping[str, Beyond] = MappingProxyType(
        {
            "param_value": "kept",
            "tag_value": "kept",
            "experiment_tag_value": "kept",
            "description": "kept",
            "bytes_per_run": "kept",
            "experiment.longest": "kept",
            "run.longest": "kept",
            "param.longest": "kept",
            "metric.longest": "kept",
            "tag.longest": "kept",
            "experiment_tag.longest": "kept",
            "runs_per_page": "refused",
            "point_time_unit": "truncated",
            "run_time_unit": "kept",
        }
    )

    def __init__(self, name: str, *, board: bool = True, knobs: Knobs | None = None) -> None:
        self.name = name
        self.board = board
        self.knobs = knobs
        if knobs is not None and knobs.too_large_page == "coerced":
            self.beyond = {**self.beyond, "runs_per_page": "kept"}
        self.emulator: VertexEmulator | None = None
        self.before: dict[str, str | None] = {}

    def start(self) -> str:
        self.emulator = VertexEmulator(self.knobs)
        self.emulator.start()
        environment = {**self.emulator.environment(), **self.emulator.direct()}
        url = f"vertex://{PROJECT}/{LOCATION}?bucket={BUCKET}"
        if self.board:
            url += f"&tensorboard={made(self.emulator.url)}"
        return json.dumps({"url": url, "environment": environment})

    def join(self, where: str) -> None:
        """Credentials and addresses are read from the environment when the driver first needs them."""
        super().join(where)
        if not self.live:
            environment = json.loads(where)["environment"]
            self.before = {name: os.environ.get(name) for name in environment}
            os.environ.update(environment)

    def stop(self) -> None:
        super().stop()
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self.emulator is not None:
            self.emulator.stop()

    def open(self) -> Driver:
        """Targets of one session have an emulator each: the address is read when a driver is opened."""
        if not self.live:
            os.environ.update(json.loads(self.where)["environment"])
        return VertexDriver.open(self.live or json.loads(self.where)["url"])

    def again(self, driver: Driver) -> Driver:
        if not self.live:
            os.environ.update(json.loads(self.where)["environment"])
        return super().again(driver)

    def environment(self) -> Mapping[str, str]:
        if self.live:
            return {}
        found: Mapping[str, str] = json.loads(self.where)["environment"]
        return found

    def requests(self) -> int | None:
        return None if self.emulator is None else self.emulator.calls.count()


def made(url: str) -> str:
    """The number of a new TensorBoard."""
    import requests  # noqa: PLC0415 -- not needed to name the targets

    answer = requests.post(
        f"{url}/v1/projects/{PROJECT}/locations/{LOCATION}/tensorboards",
        json={"displayName": "contract"},
        timeout=60,
    )
    answer.raise_for_status()
    whole: str = answer.json()["response"]["name"]
    return whole.rpartition("/")[2]


TARGET = VertexTarget("vertex")
PLAIN = VertexTarget("vertex-plain", board=False)
OTHERWISE = VertexTarget("vertex-otherwise", knobs=Knobs.otherwise())
