"""Inside a job: the token that the platform gave, and its status left to the platform."""

from __future__ import annotations

import time

import pytest
from tests.drivers.azureml.conftest import asked, opened, short, unique

from tracklayer.drivers.azureml import AzuremlDriver
from tracklayer.drivers.azureml.auth import EARLY, until
from tracklayer.emulators.azureml import AzuremlEmulator
from tracklayer.emulators.faults import Fault
from tracklayer.errors import Unauthenticated
from tracklayer.model import Batch, ExperimentDraft, ExperimentRef, RunDraft, RunRef


@pytest.fixture
def job(
    driver: AzuremlDriver, home: ExperimentRef, run: RunRef, azure: AzuremlEmulator, monkeypatch: pytest.MonkeyPatch
) -> AzuremlDriver:
    """A driver as the program of a job opens it: without any credentials of its own."""
    driver.write(run, Batch(params={"before": "1"}))
    return inside(azure, monkeypatch, home, run, lifetime=None)


def inside(
    azure: AzuremlEmulator, monkeypatch: pytest.MonkeyPatch, home: ExperimentRef, run: RunRef, *, lifetime: float | None
) -> AzuremlDriver:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    for name, text in azure.job_environment(home.id, run.id, lifetime=lifetime).items():
        monkeypatch.setenv(name, text)
    azure.calls.clear()
    return opened(short("main"))


def test_a_job_asks_with_its_own_token_and_looks_nothing_up(
    job: AzuremlDriver, run: RunRef, azure: AzuremlEmulator
) -> None:
    assert job.get_run(run).params == {"before": "1"}
    assert asked(azure, "aad", "arm") == []


def test_the_platform_says_how_a_job_ends(job: AzuremlDriver, home: ExperimentRef, run: RunRef) -> None:
    job.write(run, Batch(params={"after": "2"}, status="finished"))
    job.write(run, Batch(status="failed"))
    back = job.get_run(run)
    assert (back.status, back.ended, back.params) == ("running", None, {"before": "1", "after": "2"})
    other = job.create_run(home, RunDraft(token=unique())).ref
    job.write(other, Batch(status="finished"))
    assert job.get_run(other).status == "finished", "of a run of its own it says so itself"


def test_a_token_is_replaced_before_it_ends(
    driver: AzuremlDriver, home: ExperimentRef, run: RunRef, azure: AzuremlEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = inside(azure, monkeypatch, home, run, lifetime=EARLY / 2)
    for _ in range(3):
        assert job.get_run(run).id == run.id
    assert asked(azure, "history", "mlflow") == ["token", "runs/get", "runs/get", "runs/get"]
    assert {call.status for call in azure.calls.all()} == {200}
    assert driver.get_run(run).id == run.id


def test_a_token_that_is_good_is_used_where_there_is_no_other(
    home: ExperimentRef, run: RunRef, azure: AzuremlEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = inside(azure, monkeypatch, home, run, lifetime=EARLY / 2)
    azure.fault(Fault("history.token", "answer", status=503, code="Unavailable", message="not now", times=None))
    assert job.get_run(run).id == run.id
    assert asked(azure, "history", "mlflow") == ["token", "runs/get"]


def test_a_token_that_has_ended_says_so(
    home: ExperimentRef, run: RunRef, azure: AzuremlEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = inside(azure, monkeypatch, home, run, lifetime=-5)
    with pytest.raises(Unauthenticated, match="the job's token has ended, and there is no other: "):
        job.get_run(run)
    monkeypatch.delenv("AZUREML_EXPERIMENT_ID")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    with pytest.raises(Unauthenticated, match="AZUREML_EXPERIMENT_ID is not set, by which another one is asked for"):
        opened(short("main")).get_run(run)


def test_a_job_writes_to_another_workspace_with_the_credentials_that_there_are(
    run: RunRef, home: ExperimentRef, azure: AzuremlEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in azure.job_environment(home.id, run.id).items():
        monkeypatch.setenv(name, text)
    azure.calls.clear()
    other = opened(short("second"))
    assert other.create_experiment(ExperimentDraft(name=unique())).id
    assert asked(azure, "aad", "arm") == ["openid-configuration", "token", "Workspaces.Get"]
    other.close()


def test_the_end_of_a_token_is_read_where_it_says_it(azure: AzuremlEmulator) -> None:
    ends = until(azure.identity.token("https://management.azure.com", lifetime=100))
    assert ends is not None
    assert abs(ends - time.time() - 100) < 60
    assert [until(token) for token in ("", "opaque", "a.b.c", "a.e30.c")] == [None] * 4
