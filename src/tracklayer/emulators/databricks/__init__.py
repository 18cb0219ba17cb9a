"""Databricks on loopback: MLflow in a workspace, its files, and the storage behind its signed URLs."""

from tracklayer.emulators.databricks.knobs import Knobs
from tracklayer.emulators.databricks.names import HOST, USER, VOLUME
from tracklayer.emulators.databricks.server import DatabricksEmulator

__all__ = ["HOST", "USER", "VOLUME", "DatabricksEmulator", "Knobs"]
