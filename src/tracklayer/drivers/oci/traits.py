"""What MLflow behind OCI's signature can do: what any MLflow server can, with its files in Object Storage."""

from __future__ import annotations

from tracklayer.drivers.mlflow.traits import MLFLOW
from tracklayer.drivers.oci.rates import AIDP_RATES, OCI_RATES
from tracklayer.spi import Feature, Traits, native

PROVIDER = "oci"

OCI: Traits = MLFLOW.model_copy(
    update={
        "provider": PROVIDER,
        "rates": OCI_RATES,
        "claims": {
            **MLFLOW.claims,
            Feature.ARTIFACTS: native(
                "the server's artifact root in Object Storage, oci://bucket@namespace/prefix, read and written by its"
                " clients (https://docs.oracle.com/en/solutions/oci-mlops-mlflow/index.html), or proxied by the server"
            ),
        },
    }
)

#: Its limits are not documented: those of MLflow's own server. Its filters of runs know `=`, `!=`, `>`, `>=`, `<`, `<=`
#: (runs/search in https://docs.oracle.com/en/cloud/paas/ai-data-platform/aiwap/), which is all that is asked for here.
AIDP: Traits = OCI.model_copy(
    update={
        "rates": AIDP_RATES,
        "claims": {
            **OCI.claims,
            Feature.IDEMPOTENT_CREATE: native(
                "opc-retry-token on runs/create, for 24 hours"
                " (https://docs.oracle.com/en/cloud/paas/ai-data-platform/aiwap/); before it runs/search by the tag"
                " tracklayer.token"
            ),
        },
    }
)
