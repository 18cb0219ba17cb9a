"""Databricks' managed MLflow, in one workspace."""

from tracklayer.drivers.databricks.driver import DatabricksDriver
from tracklayer.drivers.databricks.traits import DATABRICKS

__all__ = ["DATABRICKS", "DatabricksDriver"]
