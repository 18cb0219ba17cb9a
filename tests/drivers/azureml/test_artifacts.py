"""Files through the history service and Blob Storage."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from tests.drivers.azureml.conftest import asked, opened, short

from tracklayer.drivers.azure import Blobs
from tracklayer.drivers.azure.blobs import RETRIES
from tracklayer.drivers.azureml import AzuremlDriver
from tracklayer.drivers.azureml.artifacts import Content, HistoryFiles
from tracklayer.drivers.azureml.config import AzuremlConfig
from tracklayer.drivers.mlflow.auth import NoAuth
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.emulators.azureml import AzuremlEmulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.serving import Request
from tracklayer.errors import NotFound, ProviderError, Rejected, Unavailable
from tracklayer.model import ExperimentRef, RunDraft, RunRef
from tracklayer.spi import every

PATHS = ["a", "a/b", "a/b/c.txt", "é 🚀/x y+z&(1).json", "b%zz", "c?d=e"]


def paths(driver: AzuremlDriver, run: RunRef) -> list[str]:
    return sorted(file.path for file in every(lambda after: driver.list_artifacts(run, after)))


@pytest.mark.parametrize("uris", ["host", "experiment"])
def test_files_of_any_name_are_written_listed_and_read(
    driver: AzuremlDriver, home: ExperimentRef, azure: AzuremlEmulator, uris: str
) -> None:
    """By either form of a run's artifact URI, and page by page."""
    azure.tune(artifact_uris=uris, artifacts_per_page=2)
    run = driver.create_run(home, RunDraft(token=uuid4().hex)).ref
    for path in PATHS:
        driver.put_artifact(run, path, BytesIO(path.encode()))
    driver.put_sidecar(run, "key", b"beside")
    azure.calls.clear()
    assert paths(driver, run) == sorted(PATHS)
    assert asked(azure, "history") == ["artifacts"] * 4
    assert driver.get_sidecars(run) == {"key": b"beside"}
    for path in PATHS:
        with driver.open_artifact(run, path) as stream:
            assert stream.read() == path.encode()


def test_what_a_file_costs(driver: AzuremlDriver, run: RunRef, azure: AzuremlEmulator) -> None:
    driver.put_artifact(run, "a", BytesIO(b"x"))
    assert asked(azure, "history", "blob")[-2:] == ["artifacts/batch/metadata", "PutBlob"]
    azure.calls.clear()
    driver.open_artifact(run, "a").close()
    assert asked(azure, "mlflow", "history", "blob") == ["artifacts/contentinfo", "GetBlob"]


def test_a_file_that_is_noted_and_was_never_written_is_not_found(
    driver: AzuremlDriver, run: RunRef, azure: AzuremlEmulator
) -> None:
    azure.fault(Fault("PutBlob", "answer", status=403, code="AuthenticationFailed"))
    with pytest.raises(ProviderError):
        driver.put_artifact(run, "a", BytesIO(b"x"))
    for path in ("a", "nothing"):
        with pytest.raises(NotFound):
            driver.open_artifact(run, path)


@pytest.mark.usefixtures("without_mlflow_s_log_filter")
def test_no_token_goes_to_blob_storage_and_no_signature_into_a_log(
    driver: AzuremlDriver,
    run: RunRef,
    azure: AzuremlEmulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent: list[Request] = []
    named: Callable[[Request], tuple[str, str]] = azure.named

    def noting(request: Request) -> tuple[str, str]:
        sent.append(request)
        return named(request)

    monkeypatch.setattr(azure, "named", noting)
    caplog.set_level(logging.DEBUG)
    driver.put_artifact(run, "a", BytesIO(b"x"))
    driver.open_artifact(run, "a").close()
    blobs = [request for request in sent if ".blob." in request.host]
    assert len(blobs) == 2
    assert all("authorization" not in request.headers for request in blobs)
    assert "PUT" in caplog.text
    assert "sig=" not in caplog.text.replace("sig=REDACTED", "")
    assert not any(token in caplog.text for token in ("Bearer ey", azure.environment()["AZURE_CLIENT_SECRET"]))


# -- a service that means ill


class Hostile(Rest):
    """A history service that says where files lie."""

    def __init__(self, uri: str) -> None:
        super().__init__("https://eastus.api.azureml.ms/history/v1.0", NoAuth(), provider="azureml")
        self.uri = uri

    def call(self, _method: Any, _path: str, shape: Any, **_: Any) -> Any:  # type: ignore[override] # names
        if shape is Content:
            return Content(content_uri=self.uri)
        return shape(artifact_content_information={"a": Content(content_uri=self.uri)})


@pytest.mark.parametrize(
    "uri",
    [
        "http://store.blob.core.windows.net/files/a?sig=SECRET",
        "file:///etc/passwd?sig=SECRET",
        "https://u:p@store.blob.core.windows.net/files/a?sig=SECRET",
        "https://store.blob.core.windows.net/files/a",
    ],
)
def test_a_place_that_is_no_signed_blob_is_refused_and_not_shown(uri: str) -> None:
    workspace = AzuremlConfig.read(short("main"), {}).workspace
    files = HistoryFiles(Hostile(uri), workspace, Blobs("azureml"))
    root = f"azureml://eastus.api.azureml.ms/mlflow/v2.0{workspace.scope}/experiments/1/runs/2/artifacts"
    for call in (lambda: files.put(root, "a", BytesIO(b"x")), lambda: files.open(root, "a")):
        with pytest.raises(Rejected, match="gave no signed https URL of a blob") as caught:
            call()
        assert "SECRET" not in str(caught.value)
    assert "SECRET" not in repr(Content(content_uri=uri))


def test_a_place_elsewhere_gets_the_file_and_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says where files lie gets them; what must not go there is a token."""
    for name in ("initial_backoff", "increment_base", "random_jitter_range"):
        monkeypatch.setitem(RETRIES, name, 0)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    workspace = AzuremlConfig.read(short("main"), {}).workspace
    files = HistoryFiles(Hostile("https://evil.example/files/a/b?sig=SECRET"), workspace, Blobs("azureml"))
    root = "azureml://experiments/e/runs/r/artifacts"
    with pytest.raises(Unavailable, match=r"^azureml: PutBlob: ") as caught:
        files.put(root, "a", BytesIO(b"x"))
    assert "SECRET" not in f"{caught.value} {caught.value.__cause__}"


FOREIGN = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"


@pytest.mark.parametrize(
    ("root", "why"),
    [
        ("s3://bucket/x", ""),
        ("azureml://artifacts/LocalUpload/x", "which is no run's place"),
        (
            f"azureml://eastus.api.azureml.ms/mlflow/v2.0{FOREIGN}/experiments/e/runs/r/artifacts",
            "its files lie in another workspace, s/g/w",
        ),
    ],
)
def test_what_is_no_run_of_the_workspace_is_not_served(root: str, why: str) -> None:
    driver = opened(short("main"))
    (files,) = driver._artifacts._kinds
    said = files.why_not(root)
    assert said is not None
    assert why in said
    driver.close()
