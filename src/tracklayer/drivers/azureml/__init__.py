"""Azure Machine Learning's MLflow tracking, named by its workspaces."""

from tracklayer.drivers.azureml.driver import AzuremlDriver, from_ml_client
from tracklayer.drivers.azureml.traits import AZUREML

__all__ = ["AZUREML", "AzuremlDriver", "from_ml_client"]
