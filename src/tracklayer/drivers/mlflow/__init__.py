"""MLflow, and what speaks like it: its REST API, without its client."""

from tracklayer.drivers.mlflow.driver import MlflowDriver
from tracklayer.drivers.mlflow.traits import MLFLOW

__all__ = ["MLFLOW", "MlflowDriver"]
