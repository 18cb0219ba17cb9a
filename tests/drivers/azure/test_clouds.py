from __future__ import annotations

import pytest

from tracklayer.drivers.azure import CURRENT, PUBLIC, cloud_of, current
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize(
    ("host", "name", "scope"),
    [
        ("eastus.api.azureml.ms", "AzureCloud", "https://management.azure.com/.default"),
        ("12ab.workspace.eastus.cert.api.azureml.ms", "AzureCloud", "https://management.azure.com/.default"),
        ("westus.experiments.azureml.net", "AzureCloud", "https://management.azure.com/.default"),
        ("usgovvirginia.api.ml.azure.us", "AzureUSGovernment", "https://management.usgovcloudapi.net/.default"),
        ("chinaeast2.api.ml.azure.cn", "AzureChinaCloud", "https://management.chinacloudapi.cn/.default"),
    ],
)
def test_a_host_says_its_cloud(host: str, name: str, scope: str) -> None:
    cloud = cloud_of(host.upper())
    assert cloud is not None
    assert (cloud.name, cloud.scope) == (name, scope)


@pytest.mark.parametrize("host", ["api.azureml.ms.evil.example", "evil.example", "xapi.azureml.ms", "localhost"])
def test_another_host_is_of_no_cloud(host: str) -> None:
    assert cloud_of(host) is None


def test_the_environment_names_the_cloud() -> None:
    assert current({}) is PUBLIC
    assert current({CURRENT: "AzureUSGovernment"}).arm == "management.usgovcloudapi.net"
    with pytest.raises(
        InvalidInput, match=r"^AZUREML_CURRENT_CLOUD='Mars' is no cloud .*: set it to one of AzureCloud, "
    ):
        current({CURRENT: "Mars"})
