from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.emulators.sagemaker.clients import DEFAULTS, Aws

from tracklayer.emulators.sagemaker import SagemakerEmulator


@pytest.fixture(scope="session")
def _emulated() -> Iterator[Aws]:
    with SagemakerEmulator(parts=()) as emulator:
        aws = Aws(emulator)
        yield aws
        aws.close()


@pytest.fixture
def aws(_emulated: Aws) -> Aws:
    """A fresh account with the default knobs."""
    _emulated.emulator.reset()
    _emulated.tune(**DEFAULTS)
    return _emulated
