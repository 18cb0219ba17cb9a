"""What an MLflow server that SageMaker manages can do: what any MLflow server can, with its files in S3."""

from __future__ import annotations

from tracklayer.drivers.mlflow.traits import MLFLOW
from tracklayer.drivers.sagemaker_mlflow.rates import SAGEMAKER_MLFLOW_RATES
from tracklayer.spi import Feature, Traits, native

PROVIDER = "sagemaker-mlflow"

SAGEMAKER_MLFLOW: Traits = MLFLOW.model_copy(
    update={
        "provider": PROVIDER,
        "rates": SAGEMAKER_MLFLOW_RATES,
        "claims": {
            **MLFLOW.claims,
            Feature.ARTIFACTS: native(
                "the server's ArtifactStoreUri in S3, read and written by its clients"
                " (https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server.html)"
            ),
        },
    }
)
