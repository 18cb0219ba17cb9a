"""What a copy to an MLflow server that SageMaker manages costs in calls: data. AWS publishes no rates of these."""

from __future__ import annotations

from tracklayer.drivers.aws.rates import S3_FILES, S3_PART, S3_QUOTA
from tracklayer.drivers.mlflow.rates import tracking
from tracklayer.spi import Charge, Rates

SAGEMAKER_MLFLOW_RATES = Rates(
    charges=(
        *tracking("mlflow"),
        Charge.of("mlflow.version", "new experiment", "new run", "run", once="process"),
        Charge.of("s3.PutObject", "stored sidecar", "experiment's sidecar"),
        *S3_FILES,
        Charge.of("s3.ListObjectsV2", "sidecars", "experiment's sidecars"),
        Charge.of("s3.GetObject", "sidecars found", "experiment's sidecars found", each=True),
    ),
    quotas=(S3_QUOTA,),
    part=S3_PART,
)
