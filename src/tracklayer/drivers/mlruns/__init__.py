"""An `mlruns` folder: MLflow's file store, read without MLflow."""

from tracklayer.drivers.mlruns.driver import MlrunsDriver
from tracklayer.drivers.mlruns.traits import MLRUNS

__all__ = ["MLRUNS", "MlrunsDriver"]
