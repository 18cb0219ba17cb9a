"""The SQLite database that MLflow's own client or server writes, read without MLflow."""

from tracklayer.drivers.mlflow_db.driver import MlflowDbDriver
from tracklayer.drivers.mlflow_db.traits import MLFLOW_DB

__all__ = ["MLFLOW_DB", "MlflowDbDriver"]
