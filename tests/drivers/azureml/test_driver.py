"""The driver against the emulator: every token and signature checked, a real MLflow server behind, files in Azurite."""

from __future__ import annotations

import subprocess
import sys
import threading
from io import BytesIO
from types import SimpleNamespace
from uuid import uuid4

import pytest
from azure.identity import ClientSecretCredential
from tests.drivers.azureml.conftest import asked, official, opened, short, unique

import tracklayer as tl
from tracklayer.drivers.azureml import AzuremlDriver, from_ml_client
from tracklayer.drivers.azureml.traits import FIELDS
from tracklayer.emulators.azureml import GROUP, SUBSCRIPTION, AzuremlEmulator
from tracklayer.emulators.faults import Fault
from tracklayer.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    Rejected,
    Unauthenticated,
)
from tracklayer.layers.stack import stack
from tracklayer.model import (
    Batch,
    Dataset,
    ExperimentDraft,
    ExperimentRef,
    Points,
    Query,
    RunDraft,
    RunRef,
    Source,
)
from tracklayer.spi import every

T0 = 1_700_000_000_000_000_000


def test_the_workspace_is_looked_up_once(stage: object, azure: AzuremlEmulator) -> None:  # noqa: ARG001
    """By all threads of a driver together, and its token too."""
    driver, together = opened(short("main")), threading.Barrier(6)

    def ask() -> None:
        together.wait(timeout=60)
        driver.list_experiments()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked(azure, "arm") == ["Workspaces.Get"]
    assert asked(azure, "aad") == ["openid-configuration", "token"]
    assert driver.url == short("main")
    driver.close()


def test_the_official_uri_is_asked_without_a_look_up(
    driver: AzuremlDriver, home: ExperimentRef, azure: AzuremlEmulator
) -> None:
    azure.calls.clear()
    other = opened(official("main"))
    assert other.get_experiment(home) == driver.get_experiment(home)
    assert asked(azure, "arm") == []
    other.close()


def test_a_client_of_azure_ai_ml_names_the_place(home: ExperimentRef, azure: AzuremlEmulator) -> None:
    """A stand-in for an `MLClient`; the interop tests have the true one."""
    made = azure.environment()
    credential = ClientSecretCredential(made["AZURE_TENANT_ID"], made["AZURE_CLIENT_ID"], made["AZURE_CLIENT_SECRET"])
    names = {"subscription_id": SUBSCRIPTION, "resource_group_name": GROUP}
    driver = from_ml_client(SimpleNamespace(**names, workspace_name="main", _credential=credential))
    with tl.connect(driver.url) as client:
        assert client.experiment(driver.get_experiment(home).name).id == home.id
    driver.close()
    with pytest.raises(InvalidInput, match="the MLClient is for no workspace: give it a subscription_id"):
        from_ml_client(SimpleNamespace(**names, workspace_name=None))


def test_two_workspaces_of_one_process_never_meet(driver: AzuremlDriver, run: RunRef) -> None:
    other = opened(official("second"))
    experiment = other.create_experiment(ExperimentDraft(name=unique()))
    there = other.create_run(experiment.ref, RunDraft(token=uuid4().hex)).ref
    for one, where in ((driver, run), (other, there)):
        one.put_artifact(where, "place.txt", BytesIO(one.url.encode()))
    for one, mine, foreign in ((driver, run, there), (other, there, run)):
        with one.open_artifact(mine, "place.txt") as stream:
            assert stream.read().decode() == one.url
        with pytest.raises(NotFound):
            one.get_run(foreign)
    assert driver._artifacts._files(driver._root(run)) is not other._artifacts._files(other._root(there))
    other.close()


def test_a_file_never_lands_in_a_workspace_of_another_name(driver: AzuremlDriver, run: RunRef) -> None:
    """What azureml-mlflow does: it takes the run of an URI, and the workspace of what is set for the whole process."""
    other = opened(short("second"))
    root = driver._root(run)
    with pytest.raises(
        tl.errors.Unsupported, match=rf"its files lie in another workspace, {SUBSCRIPTION}/{GROUP}/main"
    ):
        other._artifacts.put(root, "a", BytesIO(b"x"))
    other.close()


LATE = """
import sys
from tracklayer.spi import open_driver
open_driver(sys.argv[1]).close()
sdks = ("azure.core", "azure.identity", "azure.storage", "msal", "mlflow")
print(sorted(name for name in sys.modules if name in sdks))
"""


def test_to_open_a_place_loads_none_of_azures_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATE, short("main")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() in {"[]", "['azure.storage']"}, "that one is a name, and empty"


# -- who asks


def test_a_token_that_is_refused_is_replaced(
    driver: AzuremlDriver, home: ExperimentRef, azure: AzuremlEmulator
) -> None:
    azure.identity.revoke()
    azure.calls.clear()
    assert driver.get_experiment(home).id == home.id
    assert [call.status for call in azure.calls.all() if call.service == "mlflow"] == [401, 200]


def test_wrong_credentials_are_one_clear_error(stage: object, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "not~the~secret")
    driver = opened(short("main"))
    with pytest.raises(Unauthenticated, match=r"^azureml: credentials: no token: AADSTS\d+: ") as caught:
        driver.list_experiments()
    assert "not~the~secret" not in str(caught.value)
    driver.close()


def test_a_workspace_that_is_not_there_or_not_ours_says_so(stage: object, azure: AzuremlEmulator) -> None:  # noqa: ARG001
    nowhere = opened(f"azureml://{SUBSCRIPTION}/another/main")
    with pytest.raises(NotFound, match=r"^azureml: /subscriptions/"):
        nowhere.list_experiments()
    azure.tune(denied=(f"{SUBSCRIPTION}/{GROUP}/secret",))
    for url in (short("secret"), official("secret")):
        secret = opened(url)
        with pytest.raises(PermissionDenied):
            secret.list_experiments()
        secret.close()


def test_asking_too_fast_says_how_long_to_wait(driver: AzuremlDriver, run: RunRef, azure: AzuremlEmulator) -> None:
    azure.fault(Fault("runs/get", "answer", status=429, code="TooManyRequests", headers={"Retry-After": "7"}))
    with pytest.raises(RateLimited) as caught:
        driver.get_run(run)
    assert caught.value.retry_after == 7


# -- limits


def test_the_fullest_run_is_taken_and_one_tag_more_is_not(driver: AzuremlDriver, home: ExperimentRef) -> None:
    parent = driver.create_run(home, RunDraft(token=uuid4().hex)).ref
    bound = driver.traits.limits.tags_per_run
    assert bound is not None
    tags = {f"t{number}": "x" * 1_000 for number in range(bound.most)}
    source = Source(commit="c", branch="b", dirty=False, remote="https://x.example/y", command="c" * 3_000)
    fullest = RunDraft(
        token=uuid4().hex, name="n", parent=parent, tags=tags, description="d" * 1_000, user="u" * 3_000, source=source
    )
    made = driver.create_run(home, fullest)
    assert len(driver._get(made.ref).data.tags) == FIELDS + bound.most == 50
    with pytest.raises(Rejected, match=r"Tags is over its limit: 51, where the service takes 50"):
        driver.write(made.ref, Batch(tags={"more": "x"}))


def test_what_does_not_fit_comes_back_all_the_same(driver: AzuremlDriver, home: ExperimentRef) -> None:
    """400 params, 80 tags, long texts, a long command, a data set, and NaN: written and read through the stack."""
    whole = stack(driver)
    source = Source(command="python train.py " + "--x=1 " * 1_000, commit="c" * 40)
    params = {f"p{number}": "x" * number for number in range(400)} | {"long": "é" * 10_000}
    tags = {f"t{number}": "y" * (number * 20) for number in range(80)}
    data = Dataset(name="digits", digest="1", source="s3://b/k", profile="{}")
    points = Points.of("loss", [(step, T0 + step * 1_000_000, step / 8) for step in range(1_200)])
    run = whole.create_run(home, RunDraft(token=uuid4().hex, source=source, user="me", tags=tags)).ref
    for start in range(0, 1_200, 250):
        whole.write(run, Batch(points=(points.cut(start, start + 250),)))
    whole.write(run, Batch(params=params, inputs=(data,), status="finished"))
    back = stack(opened(driver.url)).get_run(run)
    assert (back.params, back.tags, back.inputs) == (params, tags, (data,))
    assert (back.source, back.user, back.status) == (source, "me", "finished")
    read = list(every(lambda after: whole.read_points(run, "loss", after)))
    assert [len(part) for part in read] == [999, 201]
    assert [row for part in read for row in part.rows()] == list(points.rows())


def test_nan_that_is_written_again_is_looked_for_in_pages_that_the_service_takes(
    driver: AzuremlDriver, run: RunRef
) -> None:
    points = Points.of("m", [(0, T0, 0.5), (1, T0, float("nan"))])
    for _ in range(2):
        driver.write(run, Batch(points=(points,)))
    read = list(every(lambda after: driver.read_points(run, "m", after)))
    assert sum(map(len, read)) == 2


def test_nothing_is_asked_for_that_the_service_does_not_have(
    driver: AzuremlDriver, run: RunRef, azure: AzuremlEmulator
) -> None:
    whole = stack(driver)
    whole.write(run, Batch(inputs=(Dataset(name="digits", digest="1"),), params={"a": 1}, name="renamed"))
    whole.put_artifact(run, "a/b", BytesIO(b"x"))
    assert [file.path for file in whole.list_artifacts(run).items] == ["a/b"]
    whole.list_runs(Query(experiments=(driver.get_run(run).experiment,)))
    made = {"experiments/create", "experiments/get", "runs/create"}
    known = made | {"runs/get", "runs/search", "runs/update", "runs/log-batch"}
    assert set(asked(azure, "mlflow")) <= known
    assert set(asked(azure, "history")) == {"artifacts", "artifacts/batch/metadata"}
    assert {call.status for call in azure.calls.all() if call.service != "aad"} <= {200, 201}


# -- deleting


def test_an_experiment_goes_with_its_runs_and_comes_back_with_them(driver: AzuremlDriver, home: ExperimentRef) -> None:
    runs = {driver.create_run(home, RunDraft(token=uuid4().hex)).id for _ in range(3)}
    driver.put_sidecar(home, "key", b"beside")

    def active() -> set[str]:
        return {run.id for run in driver.list_runs(Query(experiments=(home,))).items}

    assert active() == runs, "the keeper of its sidecars is in no list"
    for _ in range(2):
        driver.delete(home)
        assert driver.get_experiment(home).deleted
        assert active() == set()
    for _ in range(2):
        driver.restore(home)
        assert active() == runs
    assert driver.get_sidecars(home) == {"key": b"beside"}
