"""What a copy to Azure ML costs in calls: data, held by a test against the emulator.

Azure names no rate for its tracking server (https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity).
"""

from __future__ import annotations

from tracklayer.drivers.azure.blobs import BLOCK
from tracklayer.drivers.mlflow.rates import tracking
from tracklayer.spi import Charge, Part, Quota, Rates

_FOUND: tuple[Part, ...] = ("sidecars found", "experiment's sidecars found")
_BLOBS = (
    Charge.of("blob.PutBlob", "small file", "stored sidecar", "experiment's sidecar"),
    Charge.of("blob.PutBlock", "parts", each=True),
    Charge.of("blob.PutBlockList", "large file"),
)
AZUREML_RATES = Rates(
    charges=(
        *tracking("mlflow", experiment_files=False),
        Charge.of("history.artifacts/batch/metadata", "file", "stored sidecar", "experiment's sidecar"),
        *_BLOBS,
        Charge.of("history.artifacts", "sidecars", "experiment's sidecars found"),
        Charge.of("history.artifacts/contentinfo", *_FOUND, each=True),
        Charge.of("blob.GetBlob", *_FOUND, each=True),
    ),
    quotas=(
        Quota.of(
            20_000,
            {"blob.GetBlob", *(charge.operation for charge in _BLOBS)},
            "https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account: 20,000 requests a"
            " second and account",
        ),
    ),
    part=BLOCK,
)
