"""What can be read of MLflow's database."""

from __future__ import annotations

from tracklayer.drivers.mlflow.stored import stored

MLFLOW_DB = stored("mlflow-db", "MLflow's database is read, never written: log to it through an MLflow server", {})
