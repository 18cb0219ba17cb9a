"""Real MLflow servers, for the emulators of clouds whose trackers speak MLflow: each puts its own edge before one."""

from tracklayer.emulators.mlflow.forwarding import MlflowUnreachable, forwarded
from tracklayer.emulators.mlflow.servers import MlflowNotServing, Servers

__all__ = ["MlflowNotServing", "MlflowUnreachable", "Servers", "forwarded"]
