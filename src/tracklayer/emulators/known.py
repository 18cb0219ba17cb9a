"""The emulators by name: what each one needs, and what a process needs to meet it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import requests

from tracklayer.errors import DriverMissing, InvalidInput

if TYPE_CHECKING:
    from tracklayer.emulators.emulator import Emulator

#: The account that the emulator of AWS is.
ACCOUNT = "123456789012"
#: Seconds that an emulator may take to answer.
PATIENCE = 30.0
PIP = "pip install 'tracklayer[emulators]'"


@dataclass(frozen=True)
class Known:
    """An emulator that can be asked for by name. Nothing of it is imported before it is made.

    * `module`, `kind`: where its class is. * `needs`: the modules of the extra `emulators` that it imports.
    * `hides`: patterns of variables that would lead a process elsewhere, or to other credentials.
    * `sets`: variables that it needs beside those of `Emulator.environment()`.
    * `direct`: variables that name a service's address, for a process that goes there without the proxy.
    * `place`: the tracklayer URL of it, from the variables.
    * `prepare`: what is there before anybody asks.
    """

    module: str
    kind: str
    needs: tuple[str, ...]
    hides: tuple[str, ...]
    sets: Mapping[str, str]
    direct: tuple[str, ...]
    place: Callable[[Mapping[str, str]], str]
    prepare: Callable[[Emulator], None]

    def make(self, port: int) -> Emulator:
        """A new one, not started. `DriverMissing` when a package is not there."""
        lacking = [name for name in self.needs if not _installed(name)]
        if lacking:
            raise DriverMissing(f"the emulators need what is not installed: {', '.join(lacking)}", PIP)
        made: Emulator = getattr(import_module(self.module), self.kind)(port=port)
        return made


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor is the package above it
        return False


def known(name: str) -> Known:
    """The emulator of that name. `InvalidInput` when there is none."""
    try:
        return KNOWN[name]
    except KeyError:
        raise InvalidInput(f"no emulator {name!r}: there is {', '.join(KNOWN)}") from None


def _default_bucket(emulator: Emulator) -> None:
    """The bucket that the official SDK and the driver use when none is named, so that neither has to make it.

    * Its name: https://sagemaker.readthedocs.io/en/stable/api/utility/session.html (`default_bucket`).
    """
    from botocore.auth import S3SigV4Auth  # noqa: PLC0415 -- a cloud's SDK is imported late
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    # Not with a client of boto3's: it would look for the profile and the proxy of whoever calls.
    variables = emulator.environment()
    region = variables["AWS_DEFAULT_REGION"]
    request = AWSRequest("PUT", f"{emulator.url}/sagemaker-{region}-{ACCOUNT}")
    signer = S3SigV4Auth(Credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]), "s3", region)
    signer.add_auth(request)
    with requests.Session() as session:
        session.trust_env = False
        session.put(request.url, headers=dict(request.headers), timeout=PATIENCE).raise_for_status()


def _nothing(_emulator: Emulator) -> None:
    """Nothing: its users make what they need, as in a new project."""


def _warm(emulator: Emulator) -> None:
    """Nothing is there; but the first call waits less."""
    emulator.warm()


KNOWN: Mapping[str, Known] = {
    "sagemaker": Known(
        module="tracklayer.emulators.sagemaker",
        kind="SagemakerEmulator",
        needs=("boto3", "moto", "regex", "trustme"),
        hides=(
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_SESSION_TOKEN",
            "AWS_SECURITY_TOKEN",
            "AWS_ROLE_*",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_*",
            "AWS_ENDPOINT_URL*",
            "SAGEMAKER_ENDPOINT_URL",
            "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT",
            "MLFLOW_S3_ENDPOINT_URL",
        ),
        # A profile's address or credentials would be taken from there: https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
        sets={"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull},
        direct=("AWS_ENDPOINT_URL", "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", "MLFLOW_S3_ENDPOINT_URL"),
        place=lambda variables: f"sagemaker://{variables['AWS_DEFAULT_REGION']}",
        prepare=_default_bucket,
    ),
    "vertex": Known(
        module="tracklayer.emulators.vertex",
        kind="VertexEmulator",
        needs=("google.cloud.aiplatform_v1", "grpc", "google.auth", "google_crc32c", "cryptography", "trustme"),
        hides=(
            "GOOGLE_API_KEY",
            "GOOGLE_API_USE_*",
            "GOOGLE_CLOUD_QUOTA_PROJECT",
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
            "GOOGLE_IMPERSONATE*",
            "GCE_METADATA_*",
            "CLOUDSDK_*",
            "STORAGE_EMULATOR_HOST",
            "VERTEXAI_*",
        ),
        # gcloud's credentials and project would be taken from there: https://cloud.google.com/sdk/docs/configurations
        sets={"CLOUDSDK_CONFIG": os.devnull},
        direct=("STORAGE_EMULATOR_HOST", "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM"),
        place=lambda variables: f"vertex://{variables['GOOGLE_CLOUD_PROJECT']}/{variables['GOOGLE_CLOUD_REGION']}",
        prepare=_nothing,
    ),
    "oci": Known(
        module="tracklayer.emulators.oci",
        kind="OciEmulator",
        needs=("cryptography", "jwt", "trustme"),
        # Each would lead the SDK, its plugin or ocifs to other credentials or another region.
        hides=("OCI_*", "OCIFS_*"),
        sets={},
        direct=("TRACKLAYER_OCI_AIDP_ENDPOINT", "TRACKLAYER_OCI_STORAGE_ENDPOINT"),
        place=lambda _variables: str(import_module("tracklayer.emulators.oci").PLACE),
        prepare=_warm,
    ),
    "azureml": Known(
        module="tracklayer.emulators.azureml",
        kind="AzuremlEmulator",
        needs=("azure.storage.blob", "cryptography", "jwt", "mlflow", "trustme"),
        # Each would lead azure-identity, the plugin or a job's code to other credentials, another cloud or workspace.
        hides=(
            "ARM_*",
            "AZUREML_*",
            "AZURE_*",
            "IDENTITY_*",
            "MLFLOW_EXPERIMENT_*",
            "MLFLOW_RUN_ID",
            "MLFLOW_TRACKING_*",
            "MSI_*",
        ),
        sets={},
        direct=(),  # Microsoft's SDKs force TLS and the real names
        place=lambda variables: (
            "azureml://{AZURE_SUBSCRIPTION_ID}/{AZURE_RESOURCE_GROUP}/{AZUREML_WORKSPACE_NAME}".format(**variables)
        ),
        prepare=_warm,
    ),
    "databricks": Known(
        module="tracklayer.emulators.databricks",
        kind="DatabricksEmulator",
        needs=("mlflow", "trustme"),
        # Each would lead the SDK, or MLflow, to other credentials or another workspace.
        hides=("ARM_*", "DATABRICKS_*", "MLFLOW_EXPERIMENT_*", "MLFLOW_RUN_ID", "MLFLOW_TRACKING_*"),
        sets={"DATABRICKS_CONFIG_FILE": os.devnull},
        direct=("DATABRICKS_HOST",),
        place=lambda _variables: "databricks://",
        prepare=_warm,
    ),
}
