"""What a copy to SageMaker costs in calls, and how fast these are made: data, held by a test against the emulator."""

from __future__ import annotations

from tracklayer.drivers.aws.rates import S3_FILES, S3_PART, S3_QUOTA
from tracklayer.drivers.sagemaker.config import CAUTIOUS, RATES
from tracklayer.spi import Charge, Quota, Rates

#: Output artifacts of ours: the official SDK adds none beyond this many (`MAX_RUN_TC_ARTIFACTS_LEN`).
MOST_LISTED = 30
#: Sidecars that a run's record keeps, at most, and the bytes of one (base64 makes 4 of 3).
MOST_KEPT, MOST_BYTES = 24, 1_530

CHARGES = (
    Charge.of(
        "sagemaker.DescribeExperiment",
        *("experiment by name", "experiment by id", "missing experiment", "new experiment"),
        *("experiment's sidecar", "experiment's sidecars"),
    ),
    Charge.of("sagemaker.ListTags", "experiment by name", "experiment by id", "new experiment", "run"),
    Charge.of("sagemaker.CreateExperiment", "new experiment"),
    Charge.of("sagemaker.CreateTrial", "new run", once="experiment"),
    Charge.of("sagemaker.CreateTrialComponent", "new run"),
    Charge.of("sagemaker.AssociateTrialComponent", "new run"),
    Charge.of("sagemaker.Search", "experiments"),
    Charge.of("sagemaker.Search", "homes", each=True),
    Charge.of("sagemaker.DescribeTrialComponent", "homes by token", each=True),
    # A write looks at the run first where it may have another value, and where there is no other call to refuse it.
    Charge.of("sagemaker.DescribeTrialComponent", "run", "params", "data sets", "nothing"),
    Charge.of("sagemaker.UpdateTrialComponent", "params", "own tags", "data sets", "state"),
    Charge.of("sagemaker.AddTags", "tags"),
    Charge.of("sagemaker-metrics.BatchPutMetrics", "points"),
    Charge.of("sagemaker.UpdateTrialComponent", "kept sidecar"),
    Charge.of("sagemaker.UpdateTrialComponent", "stored v", "stored p", once="run"),
    Charge.of("s3.PutObject", "stored sidecar", "experiment's sidecar"),
    Charge.of("sagemaker.DescribeTrialComponent", "sidecars"),
    Charge.of("s3.ListObjectsV2", "sidecars", "experiment's sidecars"),
    Charge.of("s3.GetObject", "sidecars found", "experiment's sidecars found", each=True),
    Charge.of("sagemaker.UpdateTrialComponent", "file", most=MOST_LISTED),
    *S3_FILES,
)


def _paced(operation: str) -> Quota:
    rate = CAUTIOUS.get(operation.partition(".")[2], CAUTIOUS["default"])
    return Quota.of(rate, {operation}, f"AWS publishes none; the pace that tracklayer keeps to, {RATES}")


SAGEMAKER_RATES = Rates(
    charges=CHARGES,
    quotas=(
        S3_QUOTA,
        *(_paced(one) for one in sorted({charge.operation for charge in CHARGES}) if one not in S3_QUOTA.operations),
    ),
    kept=MOST_BYTES,
    most_kept=MOST_KEPT,
    part=S3_PART,
)
