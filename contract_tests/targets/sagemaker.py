"""SageMaker Experiments on the emulator, under both readings of what AWS does not say."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from contract_tests.targets.base import Beyond, Target

from tracklayer.emulators.sagemaker import Knobs, SagemakerEmulator
from tracklayer.spi import Driver, open_driver

REGION = "us-east-1"


class SagemakerTarget(Target):
    """`sagemaker://us-east-1/?profile=...`: the profile says where its emulator is, as several may run at once."""

    processes = True
    effort = (15, 15)

    def __init__(self, name: str, knobs: Knobs) -> None:
        self.name = name
        self.knobs = knobs
        self.beyond: Mapping[str, Beyond] = {
            "own_value": "kept",  # our own number: the driver cuts a text in as many entries as it takes
            "param.longest": "kept",  # a write takes 320, ParametersToRemove 256: TrialComponentKey320 and Key256
            "run_time_unit": "truncated" if knobs.time_kept == "milliseconds" else "kept",
        }
        self.emulator: SagemakerEmulator | None = None
        self.before: dict[str, str | None] = {}

    def start(self) -> str:
        self.emulator = SagemakerEmulator(self.knobs)
        self.emulator.start()
        given = self.emulator.environment()
        profile = {
            "region": REGION,
            "endpoint_url": self.emulator.url,
            "aws_access_key_id": given["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": given["AWS_SECRET_ACCESS_KEY"],
        }
        text = "".join(f"{key} = {value}\n" for key, value in profile.items())
        folder = tempfile.mkdtemp(prefix="tracklayer-contract-sagemaker-")
        return json.dumps({"folder": folder, "profile": f"[profile {self.name}]\n{text}"})

    def join(self, where: str) -> None:
        """A profile of its own, in one file with those of other targets."""
        super().join(where)
        if self.live:
            return
        given = json.loads(where)
        known = os.environ.get("AWS_CONFIG_FILE", "")
        others = Path(known).read_text(encoding="utf-8") if Path(known).is_file() else ""
        config = Path(given["folder"], f"config-{os.getpid()}")
        config.write_text(f"{others}\n{given['profile']}", encoding="utf-8")
        given["environment"] = {"AWS_CONFIG_FILE": str(config), "TRACKLAYER_SAGEMAKER_RATES": "off"}
        self.where = json.dumps(given)
        self.before = {name: os.environ.get(name) for name in self.environment()}
        os.environ.update(self.environment())

    def stop(self) -> None:
        if self.where:
            shutil.rmtree(json.loads(self.where)["folder"], ignore_errors=True)
        super().stop()
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self.emulator is not None:
            self.emulator.stop()

    def open(self) -> Driver:
        return open_driver(self.live or f"sagemaker://{REGION}/?profile={self.name}")

    def environment(self) -> Mapping[str, str]:
        found: Mapping[str, str] = {} if self.live else json.loads(self.where)["environment"]
        return found


TARGET = SagemakerTarget("sagemaker", Knobs(experiments=100_000))
OTHERWISE = SagemakerTarget("sagemaker-otherwise", Knobs.otherwise(experiments=100_000))
