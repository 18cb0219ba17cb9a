from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, shared_server
from contract_tests.servers.recorder import Recorder
from contract_tests.servers.witness import Witness

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.auth import NoAuth
from tracklayer.drivers.mlflow.config import PASSWORD, TOKEN, USERNAME
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import MlflowRun, RunInfo
from tracklayer.model import ExperimentDraft, ExperimentRef, RunDraft, RunRef

NewRun: TypeAlias = Callable[..., RunRef]

_session, _made = uuid4().hex[:8], count()


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with shared_server(tmp_path_factory.getbasetemp()) as server:
        yield server


@pytest.fixture(scope="session")
def mlflow_url(mlflow_server: MlflowServer) -> str:
    """The server's tracklayer URL, with nobody in between."""
    return mlflow_server.tracklayer_url


@pytest.fixture(scope="session")
def witness(mlflow_server: MlflowServer) -> Iterator[Witness]:
    """MLflow's own client, on the same server."""
    with Witness(mlflow_server.url) as witness:
        yield witness


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever runs the tests has none, in the environment neither nor in their home."""
    for name in (USERNAME, PASSWORD, TOKEN):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def recorder(mlflow_server: MlflowServer) -> Iterator[Recorder]:
    with Recorder(mlflow_server.url) as recorder:
        yield recorder


@pytest.fixture
def driver(recorder: Recorder) -> Iterator[MlflowDriver]:
    """A driver whose requests are seen by `recorder`."""
    driver = MlflowDriver.open(recorder.tracklayer_url)
    assert isinstance(driver, MlflowDriver)
    yield driver
    driver.close()


@pytest.fixture
def rest(mlflow_server: MlflowServer) -> Iterator[Rest]:
    """Bare REST: the server itself, without the driver's opinions."""
    rest = Rest(mlflow_server.url, NoAuth())
    yield rest
    rest.close()


@pytest.fixture
def experiment(driver: MlflowDriver, recorder: Recorder) -> ExperimentRef:
    made = driver.create_experiment(ExperimentDraft(name=f"e {_session} {next(_made)}"))
    recorder.clear()
    return made.ref


@pytest.fixture
def new_run(driver: MlflowDriver, experiment: ExperimentRef, recorder: Recorder) -> NewRun:
    """Makes a run; the requests for it are not kept."""

    def make(**fields: object) -> RunRef:
        made = driver.create_run(experiment, RunDraft(**{"token": uuid4().hex, **fields}))
        recorder.clear()
        return made.ref

    return make


@pytest.fixture
def run(new_run: NewRun) -> RunRef:
    return new_run()


def lead(driver: MlflowDriver, run: RunRef, root: str) -> None:
    """From now on the driver takes the files of a run to lie elsewhere."""
    driver._files.note(MlflowRun(info=RunInfo(run_id=run.id, experiment_id="1", artifact_uri=root)))
