"""What a copy to OCI costs in calls: data, held by a test against the emulator. Oracle publishes no rates."""

from __future__ import annotations

from tracklayer.drivers.mlflow.rates import tracking
from tracklayer.drivers.oracle.uploads import PART
from tracklayer.spi import Charge, Rates

_FILES = (
    Charge.of("objectstorage.PutObject", "small file", "stored sidecar", "experiment's sidecar"),
    Charge.of("objectstorage.CreateMultipartUpload", "large file"),
    Charge.of("objectstorage.UploadPart", "parts", each=True),
    Charge.of("objectstorage.CommitMultipartUpload", "large file"),
    Charge.of("objectstorage.ListObjects", "sidecars", "experiment's sidecars"),
    Charge.of("objectstorage.GetObject", "sidecars found", "experiment's sidecars found", each=True),
)
#: Of a server behind OCI's signature, whose files lie in Object Storage; and of AI Data Platform's.
OCI_RATES = Rates(
    charges=(
        *tracking("mlflow"),
        Charge.of("mlflow.version", "new experiment", "new run", "run", once="process"),
        *_FILES,
    ),
    part=PART,
)
AIDP_RATES = Rates(charges=(*tracking("aidp"), *_FILES), part=PART)
