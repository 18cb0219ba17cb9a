from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tracklayer.drivers.azure import BlobUri
from tracklayer.emulators.azureml import AzuremlEmulator
from tracklayer.emulators.stage import Stage, emulated

ACCOUNT = "blobstore"
_made = count()


@pytest.fixture(scope="session")
def staged() -> Iterator[Stage]:
    """Azure's hosts, Blob Storage among them: Azurite, which checks every signature itself."""
    with emulated("azureml") as stage:
        yield stage


@pytest.fixture
def stage(staged: Stage) -> Iterator[Stage]:
    """The same, with this process led to it."""
    with staged.here():
        emulator(staged).calls.clear()
        yield staged
        emulator(staged).faults.clear()


def emulator(stage: Stage) -> AzuremlEmulator:
    found = stage.emulators["azureml"]
    assert isinstance(found, AzuremlEmulator)
    return found


@pytest.fixture
def place(stage: Stage) -> BlobUri:
    """A container of its own."""
    from azure.storage.blob import BlobServiceClient  # noqa: PLC0415 -- not needed to collect

    name = f"files-{next(_made)}"
    with BlobServiceClient.from_connection_string(emulator(stage).connection_string(ACCOUNT)) as service:
        service.create_container(name).close()
    return BlobUri(f"https://{ACCOUNT}.blob.core.windows.net", name)


@pytest.fixture
def key(stage: Stage) -> Any:
    return emulator(stage).accounts[ACCOUNT]
