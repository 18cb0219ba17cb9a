"""What a copy to Databricks costs in calls, and how fast these may come: data, held by a test against the emulator."""

from __future__ import annotations

from tracklayer.drivers.mlflow.rates import tracking
from tracklayer.spi import Charge, Part, Quota, Rates

SOURCE = 'https://learn.microsoft.com/azure/databricks/dev-tools/api/latest/mlflow, "Rate limits"'
_SIDECARS: tuple[Part, ...] = ("stored sidecar", "experiment's sidecar")
_FOUND: tuple[Part, ...] = ("sidecars found", "experiment's sidecars found")
_CHARGES = (
    *tracking("mlflow", experiment_files=False),
    Charge.of("mlflow.experiments/get-by-name", "new experiment"),
    Charge.of("mlflow.artifacts/credentials-for-write", "file", *_SIDECARS),
    # A file of 500 MB and more goes to S3 in parts, any file to Azure in two: more calls, but of the storage only.
    Charge.of("storage.Write", "file", *_SIDECARS),
    Charge.of("mlflow.artifacts/list", "sidecars", "experiment's sidecars found"),
    Charge.of("mlflow.artifacts/credentials-for-read", *_FOUND, each=True),
    Charge.of("storage.Read", *_FOUND, each=True),
)
_SLOW = {"mlflow.experiments/search": 7, "mlflow.runs/search": 7, "mlflow.runs/log-batch": 47}
_OTHERS = {charge.operation for charge in _CHARGES} - _SLOW.keys() - {"storage.Write", "storage.Read"}
DATABRICKS_RATES = Rates(
    charges=_CHARGES,
    quotas=(
        *(Quota.of(rate, {operation}, f"{SOURCE}: {rate} a second") for operation, rate in _SLOW.items()),
        Quota.of(127, _OTHERS, f"{SOURCE}: 127 a second for all others"),
    ),
)
