"""One emulator for all tests here, emptied before each; drivers on it with a TensorBoard and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
import requests
from google.auth.credentials import AnonymousCredentials

from tracklayer.drivers.google import GoogleAuth, Identity, Objects, Rest
from tracklayer.drivers.vertex.config import VertexConfig, base
from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.drivers.vertex.errors import PROVIDER, TABLE
from tracklayer.emulators.vertex import BUCKET, LOCATION, PROJECT, VertexEmulator
from tracklayer.layers.retry import RetryPolicy
from tracklayer.layers.stack import stack
from tracklayer.model import Experiment, ExperimentDraft, Run, RunDraft, RunRef
from tracklayer.spi import Driver

PLACE = f"projects/{PROJECT}/locations/{LOCATION}"
STORE = f"{PLACE}/metadataStores/default"
URL = f"vertex://{PROJECT}/{LOCATION}?bucket={BUCKET}"
_made = count()

Opener = Callable[[str], VertexDriver]


class Nobody(Identity):
    """Asks without a token. What google-auth asks of other hosts for a service account, it does not ask for nobody."""

    def credentials(self) -> Any:
        made: Any = AnonymousCredentials
        return made()


class Raw:
    """The service without a driver between: what it holds, and what others write there."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/v1/"

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = requests.request(method, self.url + path, json=body, params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def context(self, name: str) -> Any:
        return self("GET", f"{STORE}/contexts/{name}")

    def change(self, name: str, **metadata: Any) -> Any:
        """As the official SDK changes a run: the whole context, with its etag, and keys of its metadata merged."""
        found = self.context(name)
        held = {**found["metadata"]}
        for key, value in metadata.items():
            held[key] = {**held.get(key, {}), **value} if isinstance(value, dict) else value
        return self("PATCH", found["name"], {**found, "metadata": held})

    def run(self, experiment: str, name: str, **metadata: Any) -> Any:
        """A run as the official SDK makes one."""
        body = {
            "displayName": name,
            "schemaTitle": "system.ExperimentRun",
            "schemaVersion": "0.0.1",
            "metadata": {"_params": {}, "_metrics": {}, "_state": "RUNNING", **metadata},
        }
        made = self("POST", f"{STORE}/contexts", body, contextId=f"{experiment}-{name}")
        self("POST", f"{STORE}/contexts/{experiment}:addContextChildren", {"childContexts": [made["name"]]})
        return made

    def board(self) -> str:
        """The whole name of a new TensorBoard."""
        made = self("POST", f"{PLACE}/tensorboards", {"displayName": "a board"})
        name: str = made["response"]["name"]
        return name


@pytest.fixture(scope="session")
def service() -> Iterator[VertexEmulator]:
    with VertexEmulator() as running:
        yield running


@pytest.fixture
def emulator(service: VertexEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[VertexEmulator]:
    """With nothing in it but a metadata store; the environment leads to it."""
    for name, value in {**service.environment(), **service.direct()}.items():
        monkeypatch.setenv(name, value)
    before = service.knobs
    service.reset()
    Raw(service.url)("POST", f"{PLACE}/metadataStores", {}, metadataStoreId="default")
    service.calls.clear()
    yield service
    service.knobs = before
    service.faults.clear()


@pytest.fixture
def raw(emulator: VertexEmulator) -> Raw:
    return Raw(emulator.url)


@pytest.fixture
def opened(emulator: VertexEmulator) -> Iterator[Opener]:
    """Opens a driver by what stands behind the bucket in its URL."""
    assert emulator.url
    made: list[VertexDriver] = []

    def open_one(more: str = "") -> VertexDriver:
        config = VertexConfig.read(more if "://" in more else URL + more)
        nobody = Nobody()
        rest = Rest(base(config.location), GoogleAuth(nobody), provider=PROVIDER, table=TABLE)
        made.append(VertexDriver(config, rest, Objects(nobody, config.project, provider=PROVIDER)))
        return made[-1]

    yield open_one
    for driver in made:
        driver.close()


@pytest.fixture
def driver(opened: Opener, emulator: VertexEmulator) -> VertexDriver:
    """Without a TensorBoard."""
    made = opened("")
    emulator.calls.clear()
    return made


@pytest.fixture
def charted(opened: Opener, raw: Raw, emulator: VertexEmulator) -> VertexDriver:
    """With a TensorBoard."""
    made = opened(f"&tensorboard={raw.board().rpartition('/')[2]}")
    emulator.calls.clear()
    return made


def whole(driver: Driver) -> Driver:
    """The whole stack on a driver. Nobody waits."""
    return stack(driver, retry=RetryPolicy(sleep=lambda _: None))


def fresh_name(name: str = "vertex") -> str:
    return f"{name}-{uuid4().hex[:8]}{next(_made)}"


def experiment(driver: Driver, **fields: Any) -> Experiment:
    return driver.create_experiment(ExperimentDraft(**{"name": fresh_name()} | fields))


def run(driver: Driver, home: Experiment | None = None, **fields: Any) -> Run:
    home = home or experiment(driver)
    return driver.create_run(home.ref, RunDraft(**{"token": uuid4().hex} | fields))


def theirs(raw: Raw, home: str, name: str, **metadata: Any) -> RunRef:
    return RunRef(id=raw.run(home, name, **metadata)["name"].rpartition("/")[2])


def artifact(raw: Raw, into: str, name: str, **body: Any) -> str:
    made = raw("POST", f"{STORE}/artifacts", {"schemaTitle": "system.Artifact", **body}, artifactId=name)
    path = f"{STORE}/contexts/{into}:addContextArtifactsAndExecutions"
    raw("POST", path, {"artifacts": [made["name"]]})
    whole_name: str = made["name"]
    return whole_name


def execution(raw: Raw, into: str, name: str, **body: Any) -> str:
    made = raw("POST", f"{STORE}/executions", body, executionId=name)
    raw("POST", f"{STORE}/contexts/{into}:addContextArtifactsAndExecutions", {"executions": [made["name"]]})
    whole_name: str = made["name"]
    return whole_name


def charts(raw: Raw, run_id: str, home: str, key: str, rows: list[tuple[int, str | None, Any]]) -> None:
    """Time series as the SDK writes them."""
    board = raw.board()
    raw("POST", f"{board}/experiments", {"displayName": home}, tensorboardExperimentId=home)
    one = raw("POST", f"{board}/experiments/{home}/runs", {"displayName": "r"}, tensorboardRunId="r")
    metadata = {"resourceName": one["name"], "vertex_experiment_tracking": True}
    artifact(raw, run_id, f"{run_id}-tb-run", schemaTitle="google.VertexTensorboardRun", metadata=metadata)
    body = {"displayName": key, "valueType": "SCALAR", "pluginName": "scalars"}
    made = raw("POST", f"{one['name']}/timeSeries", body)
    values = [
        {"step": str(step), "scalar": {"value": value}} | ({} if time is None else {"wallTime": time})
        for step, time, value in rows
    ]
    data = [{"tensorboardTimeSeriesId": made["name"].rpartition("/")[2], "valueType": "SCALAR", "values": values}]
    for start in range(0, len(values), 5_000):
        part = [{**data[0], "values": values[start : start + 5_000]}]
        raw("POST", f"{one['name']}:write", {"timeSeriesData": part})
