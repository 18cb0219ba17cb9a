"""MLflow servers that SageMaker manages, named by their ARNs."""

from tracklayer.drivers.sagemaker_mlflow.driver import SagemakerMlflowDriver
from tracklayer.drivers.sagemaker_mlflow.traits import SAGEMAKER_MLFLOW

__all__ = ["SAGEMAKER_MLFLOW", "SagemakerMlflowDriver"]
