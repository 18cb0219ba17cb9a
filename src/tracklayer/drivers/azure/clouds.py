"""Azure's clouds: the public one and two that stand apart, each with host names of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tracklayer.errors import InvalidInput

#: The variable that names the cloud, of Azure ML's own packages.
CURRENT = "AZUREML_CURRENT_CLOUD"


@dataclass(frozen=True)
class Cloud:
    """One cloud.

    * `arm`: host of the Resource Manager. * `authority`: host that gives tokens. * `studio`: host of ML's own pages.
    * `ml`: ends of ML's hosts.
    """

    name: str
    arm: str
    authority: str
    studio: str
    ml: tuple[str, ...]

    @property
    def scope(self) -> str:
        """What tokens are asked for: https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint"""
        return f"https://{self.arm}/.default"


#: azure-ai-ml, _azure_environments.py, and azureml-mlflow, _common/_cloud/cloud.py. An ML host of before 2022 was
#: `*.experiments.azureml.net`.
CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            "AzureCloud",
            "management.azure.com",
            "login.microsoftonline.com",
            "ml.azure.com",
            (".api.azureml.ms", ".experiments.azureml.net"),
        ),
        Cloud(
            "AzureUSGovernment",
            "management.usgovcloudapi.net",
            "login.microsoftonline.us",
            "ml.azure.us",
            (".api.ml.azure.us",),
        ),
        Cloud(
            "AzureChinaCloud",
            "management.chinacloudapi.cn",
            "login.chinacloudapi.cn",
            "ml.azure.cn",
            (".api.ml.azure.cn",),
        ),
    )
}
PUBLIC = CLOUDS["AzureCloud"]


def cloud_of(host: str) -> Cloud | None:
    """The cloud that an ML host belongs to; None for any other host."""
    return next((cloud for cloud in CLOUDS.values() if host.lower().endswith(cloud.ml)), None)


def current(environment: Mapping[str, str] | None = None) -> Cloud:
    """The cloud that the environment names; the public one if it names none. `InvalidInput`."""
    name = (os.environ if environment is None else environment).get(CURRENT)
    if not name:
        return PUBLIC
    if name not in CLOUDS:
        message = f"{CURRENT}={name!r} is no cloud that tracklayer knows: set it to one of {', '.join(CLOUDS)}"
        raise InvalidInput(message)
    return CLOUDS[name]
