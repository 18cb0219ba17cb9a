from __future__ import annotations

import pytest

from tracklayer.drivers.azureml.config import AzuremlConfig, Workspace
from tracklayer.errors import InvalidInput
from tracklayer.spi import scheme_of

SUBSCRIPTION = "7e9a11ce-0000-4000-8000-000000000003"
SHORT = f"azureml://{SUBSCRIPTION}/my-group/main"
SCOPE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/my-group/providers/Microsoft.MachineLearningServices/workspaces/main"
)
OFFICIAL = f"azureml://eastus.api.azureml.ms/mlflow/v2.0{SCOPE}"
MAIN = Workspace(subscription=SUBSCRIPTION, group="my-group", name="main")


def test_the_short_form_says_the_workspace_and_not_where_it_is() -> None:
    config = AzuremlConfig.read(SHORT, {})
    assert (config.url, config.workspace, config.host, config.job) == (SHORT, MAIN, None, None)
    assert config.cloud.name == "AzureCloud"
    assert config.workspace.scope == SCOPE


@pytest.mark.parametrize(
    "url",
    [
        OFFICIAL,
        OFFICIAL.replace("v2.0", "v1.0"),
        OFFICIAL + "/",
        OFFICIAL + "?",
        OFFICIAL + "?is-remote=True&token=secret",
        OFFICIAL.replace("eastus.api", "EastUS.API").replace("resourceGroups", "resourcegroups"),
    ],
)
def test_the_official_form_is_read_verbatim(url: str) -> None:
    config = AzuremlConfig.read(url, {})
    assert (config.url, config.workspace, config.host) == (OFFICIAL, MAIN, "eastus.api.azureml.ms")
    assert config.at("eastus.api.azureml.ms", "history/v1.0") == f"https://eastus.api.azureml.ms/history/v1.0{SCOPE}"


def test_what_a_config_says_is_read_again_as_it_is() -> None:
    for url in (SHORT, OFFICIAL, "azureml://sub/a(b).c/w_1"):
        config = AzuremlConfig.read(url, {})
        assert AzuremlConfig.read(config.url, {}) == config
        assert scheme_of(config.url) == "azureml"


def test_the_cloud_is_the_hosts_or_the_environments() -> None:
    government = OFFICIAL.replace("eastus.api.azureml.ms", "usgovvirginia.api.ml.azure.us")
    assert AzuremlConfig.read(government, {}).cloud.arm == "management.usgovcloudapi.net"
    found = AzuremlConfig.read(SHORT, {"AZUREML_CURRENT_CLOUD": "AzureChinaCloud"})
    assert found.cloud.arm == "management.chinacloudapi.cn"


@pytest.mark.parametrize(
    "url",
    [
        "azureml:",
        "azureml://",
        "azureml://sub/group",
        "azureml://sub/group/workspace/more",
        "azureml://sub/group/work space",
        "azureml://sub//workspace",
        "azureml://sub/../workspace",
        "azureml://sub/group./workspace",
        "azureml://sub/group/workspace?x=y",
        "azureml://s%2fub/group/workspace",
        "azureml://eastus.api.azureml.ms/mlflow/v2.0/subscriptions/s/workspaces/w",
        "azureml:///mlflow/v2.0" + SCOPE,
        OFFICIAL + "/more",
    ],
)
def test_what_is_no_workspace_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"; write azureml://SUBSCRIPTION/GROUP/WORKSPACE, or ") as caught:
        AzuremlConfig.read(url, {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["evil.example", "eastus.api.azureml.ms.evil.example", "localhost", "127.0.0.1:80"])
def test_a_token_goes_to_hosts_of_azure_only(host: str) -> None:
    with pytest.raises(InvalidInput, match="is no host of Azure ML's: a token would go there"):
        AzuremlConfig.read(OFFICIAL.replace("eastus.api.azureml.ms", host), {})


# -- jobs

JOB = {
    "MLFLOW_TRACKING_URI": OFFICIAL.replace("v2.0", "v1.0"),
    "MLFLOW_TRACKING_TOKEN": "secret",
    "AZUREML_RUN_ID": "run-1",
    "AZUREML_EXPERIMENT_ID": "experiment-1",
}


@pytest.mark.parametrize("url", [SHORT, OFFICIAL, SHORT.upper().replace("AZUREML", "azureml")])
def test_a_job_asks_its_own_workspace_with_its_own_token(url: str) -> None:
    job = AzuremlConfig.read(url, JOB).job
    assert job is not None
    assert (job.run, job.experiment, job.host) == ("run-1", "experiment-1", "eastus.api.azureml.ms")
    assert job.token.get_secret_value() == "secret"
    assert "secret" not in repr(job)


def test_mlflows_own_names_of_a_job_are_read_too() -> None:
    found = {"MLFLOW_RUN_ID": "run-2", "MLFLOW_EXPERIMENT_ID": "experiment-2"}
    job = AzuremlConfig.read(SHORT, {**{k: v for k, v in JOB.items() if k.startswith("MLFLOW")}, **found}).job
    assert job is not None
    assert (job.run, job.experiment) == ("run-2", "experiment-2")


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "AZUREML_RUN_ID"])
def test_half_a_job_is_none(name: str) -> None:
    assert AzuremlConfig.read(SHORT, {key: text for key, text in JOB.items() if key != name}).job is None


def test_a_jobs_token_goes_to_no_other_workspace() -> None:
    assert AzuremlConfig.read(SHORT.replace("main", "other"), JOB).job is None
    assert AzuremlConfig.read(SHORT, {**JOB, "MLFLOW_TRACKING_URI": "https://mlflow.example"}).job is None


def test_the_patience_is_mlflows() -> None:
    assert AzuremlConfig.read(SHORT, {}).patience == 120.0
    assert AzuremlConfig.read(SHORT, {"MLFLOW_HTTP_REQUEST_TIMEOUT": "7"}).patience == 7.0
