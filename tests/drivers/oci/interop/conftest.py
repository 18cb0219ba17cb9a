"""One cloud and one process of Oracle's clients for all tests here; each test makes experiments of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from contract_tests.witnesses import cloud
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl
from tracklayer.emulators.oci import HOME, OTHER, REGION, SELF_HOSTED, WORKSPACE
from tracklayer.emulators.stage import Stage, emulated

#: The same servers, as MLflow's clients name them and as tracklayer does.
PREFIX = "/20260430/aiDataPlatforms/{}/workspaces/{}/mlops"
AIDP = f"https://aidp.{REGION}.oci.oraclecloud.com"
THEIRS = {
    "aidp": AIDP + PREFIX.format(HOME.platform, WORKSPACE),
    "own": f"https://{SELF_HOSTED}/behind/a/prefix",
    "other": AIDP + PREFIX.format(OTHER.platform, WORKSPACE),
}
OURS = {
    "aidp": f"oci://aidp/{REGION}/{HOME.platform}/{WORKSPACE}",
    "own": f"oci+https://{SELF_HOSTED}/behind/a/prefix",
    "other": f"oci://aidp/{REGION}/{OTHER.platform}/{WORKSPACE}?profile={OTHER.profile}",
}


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with emulated("oci") as running:
        with cloud.inside(running, tmp_path_factory.mktemp("ready")):
            cloud.ready(*OURS.values())
        yield running


@pytest.fixture(autouse=True)
def environment(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """In the place of the one above: the test's process is in this cloud, and nobody asks for a host not of it."""
    with cloud.inside(stage, tmp_path_factory.mktemp("journal")):
        yield


@pytest.fixture(scope="session")
def oracle(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    """MLflow with the plugin, which is told of as its users are told to."""
    with Sdk(
        "oci_plugin",
        tmp_path_factory.mktemp("oci_plugin"),
        {**stage.environment, "MLFLOW_TRACKING_AUTH": "OCI_REQUEST_AUTH"},
    ) as sdk:
        yield sdk


@pytest.fixture(params=["aidp", "own"])
def server(request: pytest.FixtureRequest) -> str:
    """A workspace of AI Data Platform, and a server that somebody runs."""
    return str(request.param)


@pytest.fixture
def client(server: str) -> Iterator[tl.Client]:
    with tl.connect(OURS[server]) as client:
        yield client


@pytest.fixture
def experiment() -> str:
    """A name that no experiment has."""
    return f"e-{uuid4().hex[:12]}"
