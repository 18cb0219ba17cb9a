"""What can be read of an `mlruns` folder."""

from __future__ import annotations

from tracklayer.drivers.mlflow.stored import stored
from tracklayer.spi import Feature, native

MLRUNS = stored(
    "mlruns",
    "MLflow's folder is read, never written: MLflow 3.13 and later refuse to open it",
    {Feature.METRIC_INFINITY: native("mlflow/store/tracking/file_store.py: a value is written as Python's text of it")},
)
