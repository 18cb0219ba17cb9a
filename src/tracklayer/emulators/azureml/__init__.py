"""A stand-in for Azure Machine Learning: the edge of the service before real MLflow servers and Azurite."""

from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import GROUP, REGION, SUBSCRIPTION, TENANT, WORKSPACE
from tracklayer.emulators.azureml.server import AzuremlEmulator

__all__ = ["GROUP", "REGION", "SUBSCRIPTION", "TENANT", "WORKSPACE", "AzuremlEmulator", "Knobs"]
