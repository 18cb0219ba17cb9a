"""What Databricks' managed MLflow can do: what any MLflow server can, within documented limits of its own.

"sdk" is the documentation in databricks-sdk 0.156, `databricks/sdk/service/ml.py`. Where two pages differ, the smaller
number is taken, unless that is plainly left over from years ago: docs/providers/databricks.md has both.
"""

from __future__ import annotations

import re

from tracklayer.drivers.databricks.names import NAME
from tracklayer.drivers.databricks.rates import DATABRICKS_RATES
from tracklayer.drivers.mlflow.traits import EXPERIMENT_FIELDS, MLFLOW
from tracklayer.spi import Bound, Feature, Naming, Traits, native

PROVIDER = "databricks"
API = "https://docs.databricks.com/api/experiments/v1"
RESOURCES = "https://docs.databricks.com/aws/en/resources/limits"
#: Tags by which MLflow holds what are fields here, and our token: they take room among the tags of a run too.
FIELDS = 20

#: Tags that one request surely takes: "guaranteed to support up to 20 tags per request" (create-experiment).
TAGS_PER_CREATE = 20
#: Tags that Databricks gives to experiments itself:
#: https://docs.databricks.com/api/gcp/workspace/experiments/searchexperiments names the first of them.
MAINTAINED = (
    "mlflow.ownerId", "mlflow.ownerEmail", "mlflow.experimentType", "mlflow.experiment.sourceName",
    "mlflow.experiment.sourceType", "mlflow.experiment.sourceId", "mlflow.experimentKind",
)  # fmt: skip

_NAMES = MLFLOW.names
_KEY = Bound(most=250, unit="bytes", source=f"{API}/set-tag: keys up to 250 bytes; {API}/log-param: 255")

NAMES = _NAMES.model_copy(
    update={
        "experiment": Naming(
            pattern=NAME,
            longest=Bound(most=256, unit="characters", source="MLflow's own; the folder before it holds 200 more"),
            source="an experiment is named by its absolute path in the workspace"
            " (https://docs.databricks.com/api/gcp/workspace/experiments/searchexperiments); which characters a part"
            " may have is not documented",
        ),
        **{kind: getattr(_NAMES, kind).model_copy(update={"longest": _KEY}) for kind in ("param", "metric", "tag")},
        "experiment_tag": _NAMES.experiment_tag.model_copy(
            update={
                "longest": _KEY,
                "reserved": "|".join(map(re.escape, (*EXPERIMENT_FIELDS, *MAINTAINED))),
            }
        ),
    }
)

LIMITS = MLFLOW.limits.model_copy(
    update={
        "param_value": Bound(most=500, unit="bytes", source=f"{API}/log-param: at most 500 bytes"),
        "tag_value": Bound(
            most=5_000,
            unit="bytes",
            source=f"{API}/create-experiment: 5,000 bytes in every store; {API}/set-tag: 64 KB",
        ),
        "experiment_tag_value": Bound(
            most=5_000, unit="bytes", source=f"{API}/create-experiment: 5,000 bytes in every store"
        ),
        "description": Bound(most=5_000, unit="bytes", source="a tag"),
        "params_per_run": Bound(most=1_600, source=f"{RESOURCES}: experiment tracking parameters, MLflow run"),
        "tags_per_run": Bound(
            most=1_600 - FIELDS,
            source=f"{RESOURCES}: experiment tracking tags, MLflow run: 1,600; our fields take up to {FIELDS} of them",
        ),
        "tags_per_experiment": Bound(
            most=100, source=f"{RESOURCES}: 1,000; but each beyond the first {TAGS_PER_CREATE} is a request of its own"
        ),
        "bytes_per_write": Bound(most=1_000_000, unit="bytes", source=f"{API}/log-batch: up to 1 MB"),
        "experiments_per_page": Bound(most=3_000, source="sdk, search_experiments: max threshold is 3000"),
        "runs_per_page": Bound(most=50_000, source=f"{API}/search-runs: max threshold is 50000"),
        "points_per_page": Bound(most=25_000, source="sdk, get_history: an error if set higher than 25,000"),
    }
)

DATABRICKS: Traits = MLFLOW.model_copy(
    update={
        "provider": PROVIDER,
        "rates": DATABRICKS_RATES,
        "names": NAMES,
        "limits": LIMITS,
        "claims": {
            **MLFLOW.claims,
            Feature.ARTIFACTS: native(
                "artifacts/credentials-for-read and -write: signed URLs of the workspace's own storage"
                " (mlflow/protos/databricks_artifacts.proto); or a Unity Catalog volume, or DBFS"
            ),
        },
    }
)
