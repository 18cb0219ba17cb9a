"""The emulator as a whole: what it gives its users, what it is called, and that it can begin anew."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.emulators.azureml.asking import HOST, Azure, scope

from tracklayer.emulators.azureml import GROUP, SUBSCRIPTION, WORKSPACE, AzuremlEmulator, Knobs
from tracklayer.emulators.azureml.azurite import Azurite
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.known import known
from tracklayer.emulators.serving import Request
from tracklayer.errors import DriverMissing

ARM = "management.azure.com"


@pytest.mark.parametrize(
    ("sent", "query", "wanted"),
    [
        (("POST", "login.microsoftonline.com", "/t/oauth2/v2.0/token"), "", "aad.token"),
        (("GET", ARM, scope()), "", "arm.Workspaces.Get"),
        (("GET", ARM, "/metadata/endpoints"), "", "arm.metadata"),
        (("POST", HOST, f"/mlflow/v1.0{scope()}/api/2.0/mlflow/runs/create"), "", "mlflow.runs/create"),
        (("GET", HOST, f"/history/v1.0{scope()}/experimentids/e/runs/r/token"), "", "history.token"),
        (("GET", HOST, f"/history/v1.0{scope()}/experiments/e/runs/r/artifacts/path"), "", "history.artifacts/path"),
        (("GET", HOST, "/elsewhere"), "", "history.unknown"),
        (("PUT", "a.blob.core.windows.net", "/c/b"), "comp=block", "blob.PutBlock"),
        (("GET", "a.blob.core.windows.net", "/c/b"), "", "blob.GetBlob"),
        (("GET", "a.blob.core.windows.net", "/c"), "restype=container&comp=list", "blob.ListBlobs"),
    ],
)
def test_calls_have_names(azure: Azure, sent: tuple[str, str, str], query: str, wanted: str) -> None:
    method, host, path = sent
    assert ".".join(azure.emulator.named(Request(method, path, query, {"host": host}))) == wanted


def test_its_users_are_led_to_a_workspace_that_exists(azure: Azure) -> None:
    variables = azure.emulator.environment()
    assert known("azureml").place(variables) == f"azureml://{SUBSCRIPTION}/{GROUP}/{WORKSPACE}"
    job = azure.emulator.job_environment("e", "r")
    assert job["MLFLOW_TRACKING_URI"] == f"azureml://{HOST}/mlflow/v2.0{scope()}"
    assert azure.track("nothing", token=job["MLFLOW_TRACKING_TOKEN"]).status_code == 404
    assert f"AccountKey={azure.emulator.accounts['blobstore']};" in azure.emulator.connection_string()


@pytest.mark.parametrize(
    ("operation", "host", "path"),
    [
        ("token", "login.microsoftonline.com", "/t/oauth2/v2.0/token"),
        ("Workspaces.Get", ARM, scope()),
        ("artifacts", HOST, f"/history/v1.0{scope()}/experimentids/e/runs/r/artifacts"),
        ("GetBlob", "a.blob.core.windows.net", "/c/b"),
    ],
)
def test_faults_have_the_shape_of_their_service(azure: Azure, operation: str, host: str, path: str) -> None:
    azure.emulator.fault(Fault(operation, "answer", status=503, code="ServerBusy", message="busy"))
    answer = azure.ask(host, path)
    assert answer.status_code == 503
    said = answer.text if operation == "GetBlob" else str(answer.json())
    assert "ServerBusy" in said
    assert "busy" in said


def test_without_node_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking() -> None:
        raise DriverMissing("no Node.js", "pip install it")

    monkeypatch.setattr(Azurite, "prepare", staticmethod(lacking))
    emulator = AzuremlEmulator()
    with pytest.raises(DriverMissing):
        emulator.start()
    assert emulator.url == ""


def test_every_open_question_can_be_answered_otherwise() -> None:
    first, second = Knobs().model_dump(), Knobs.otherwise().model_dump()
    turned = {name for name, value in first.items() if value != second[name]}
    assert {"history_pages", "slashes", "log_inputs", "overwriting", "artifact_uris", "metric_names"} <= turned
    assert Knobs.otherwise(slashes="hidden").slashes == "hidden"
    assert all(field.description for field in Knobs.model_fields.values())


def test_it_begins_anew(azure: Azure) -> None:
    """Last of all here: what the other tests made is gone then."""
    name = f"e-{uuid4().hex}"
    one, run = azure.run(azure.experiment(name))
    (place,) = azure.registered(one, run, "a")
    assert azure.blob(place, "PUT", b"x").status_code == 201
    azure.emulator.reset()
    assert azure.emulator.workspaces.all() == []
    assert azure.track("runs/get", {"run_id": run}, method="GET").status_code == 404
    assert azure.blob(place).status_code == 404
