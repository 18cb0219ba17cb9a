"""Where each provider's own pages show a run, as its official packages say it."""

from __future__ import annotations

import pytest

from tracklayer.layers.stack import stack
from tracklayer.model import ExperimentRef, Run
from tracklayer.spi import open_driver

WORKSPACE = "/subscriptions/sub/resourceGroups/group/providers/Microsoft.MachineLearningServices/workspaces/name"
RUN = Run(id="r 1", experiment=ExperimentRef(id="7"), status="finished")


@pytest.mark.parametrize(
    ("place", "page"),
    [
        ("mlflow+http://127.0.0.1:5000/prefix", "http://127.0.0.1:5000/prefix/#/experiments/7/runs/r%201"),
        ("databricks://", "https://dbc.example/ml/experiments/7/runs/r%201"),
        (
            "azureml://sub/group/name",
            "https://ml.azure.com/runs/r%201?wsid=/subscriptions/sub/resourcegroups/group/workspaces/name",
        ),
        (
            f"azureml://chinaeast2.api.ml.azure.cn/mlflow/v1.0{WORKSPACE}",
            "https://ml.azure.cn/runs/r%201?wsid=/subscriptions/sub/resourcegroups/group/workspaces/name",
        ),
        ("oci+https://mlflow.example", "https://mlflow.example/#/experiments/7/runs/r%201"),
        ("oci://aidp/us-ashburn-1/ocid1.aidataplatform.oc1..a/key", None),
        ("arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/name", None),
        ("sagemaker://us-east-1", None),
        ("memory://consoles", None),
    ],
)
def test_a_run_has_the_page_that_its_provider_gives_it(
    place: str, page: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", "https://dbc.example")
    monkeypatch.setenv("DATABRICKS_TOKEN", "t")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    driver = stack(open_driver(place))
    try:
        assert driver.console(RUN) == page
    finally:
        driver.close()


def test_vertex_shows_runs_and_not_what_its_preview_wrote() -> None:
    driver = open_driver("vertex://project/us-central1")
    run = RUN.model_copy(update={"id": "e-r", "experiment": ExperimentRef(id="contexts/e")})
    root = "https://console.cloud.google.com/vertex-ai/experiments/locations/us-central1"
    assert driver.console(run) == f"{root}/experiments/e/runs/e-r?project=project"
    assert driver.console(run.model_copy(update={"id": "executions/x"})) is None
    driver.close()
