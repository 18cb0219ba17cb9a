"""A stand-in for AWS that unmodified SDKs take for the real one: an emulator behind the proxy of host names::

with cloud() as aws:
    with Sdk("sagemaker2", folder, aws.environment) as sdk: ...      # another process
    with aws.entered(folder), tl.connect(aws.url) as client: ...     # this process
    assert aws.proxy.refused == []

Several clouds, or Google's, are a stage (`tracklayer.emulators.stage`), which a test's process enters by `inside`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import tracklayer as tl
from tracklayer.emulators.proxy import Proxy
from tracklayer.emulators.sagemaker import Knobs, SagemakerEmulator
from tracklayer.emulators.stage import Stage

REGION = "us-east-1"
ACCOUNT = "123456789012"


@dataclass
class Cloud:
    """What runs, and where a client finds it."""

    emulator: SagemakerEmulator
    proxy: Proxy
    url: str = f"sagemaker://{REGION}"
    environment: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def entered(self, folder: Path) -> Iterator[None]:
        """This process is in it: credentials, proxy, CA. `folder`: for journals. Nothing is paced or captured."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.environment, **quiet(folder)}.items():
                patch.setenv(name, value)
            yield

    @staticmethod
    def client(service: str, region: str = REGION) -> Any:
        """A plain boto3 client; this process must be in the cloud."""
        return import_module("boto3").client(service, region_name=region)


def quiet(folder: Path) -> dict[str, str]:
    """Variables for a process that is in a stand-in: nothing is paced or captured. `folder`: for journals."""
    return {
        "TRACKLAYER_HOME": str(folder),
        "TRACKLAYER_CAPTURE": "off",
        "TRACKLAYER_SYSTEM_METRICS": "off",
        "TRACKLAYER_SAGEMAKER_RATES": "off",
        "TRACKLAYER_FLUSH_TIMEOUT": "180",  # on a machine that is busy with other tests
        "TRACKLAYER_ID_TIMEOUT": "180",
    }


@contextmanager
def inside(stage: Stage, folder: Path) -> Iterator[None]:
    """This process is on a stage of emulators, and nobody asks for a host that is not of it."""
    with stage.here(), pytest.MonkeyPatch.context() as patch:
        for name, value in quiet(folder).items():
            patch.setenv(name, value)
        yield
    assert stage.proxy is not None
    assert stage.proxy.refused == []


def ready(*urls: str) -> None:
    """Wait until each place answers: the server behind it may begin to start now, which takes long on a busy machine.

    Whoever logs to a place that fails at first does so to its journal, and reads nothing there.
    """
    for url in urls:
        with tl.connect(url) as client:
            for attempt in range(5):
                try:
                    client.experiment("ready?")
                except tl.errors.NotFound:  # noqa: PERF203 -- it is to be tried again
                    break
                except tl.errors.ProviderError:
                    if attempt == 4:
                        raise


@contextmanager
def cloud() -> Iterator[Cloud]:
    """The emulator and the proxy, running."""
    with SagemakerEmulator(Knobs()) as emulator, Proxy([emulator]) as proxy:
        yield Cloud(emulator, proxy, environment={**emulator.environment(), **proxy.environment()})
