"""What Azure ML's tracking server can do: what any MLflow server can, within its own limits.

* [limits]: https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity
* [matrix]: https://learn.microsoft.com/azure/machine-learning/how-to-track-experiments-mlflow
* Where neither says a number, the lesser of those that were seen stands here: what is beyond is kept beside the run.
"""

from __future__ import annotations

from tracklayer.drivers.azureml.rates import AZUREML_RATES
from tracklayer.drivers.mlflow.traits import MLFLOW, RUN_FIELDS
from tracklayer.spi import Bound, Feature, Naming, Search, Traits, native, sidecar

PROVIDER = "azureml"
LIMITS = "https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity"
MATRIX = "https://learn.microsoft.com/azure/machine-learning/how-to-track-experiments-mlflow"

#: Tags that a run may have, and those of them that its fields take: MLflow's own, and our token.
TAGS, FIELDS = 50, len(RUN_FIELDS) + 1
#: The text of one tag.
TAG = Bound(most=1_000, unit="characters", source=LIMITS)

_NAMES = MLFLOW.names


def _longest(naming: Naming, most: int, source: str = LIMITS) -> Naming:
    return naming.model_copy(update={"longest": Bound(most=most, unit="characters", source=source)})


NAMES = _NAMES.model_copy(
    update={
        # A `/` is taken by experiments/create, and the experiment is found by its id only from then on.
        "experiment": Naming(
            pattern=r"[a-zA-Z0-9][a-zA-Z0-9_-]*",
            longest=Bound(most=256, unit="characters", source=LIMITS),
            escape="_",
            safe="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-",
            source="the service: 'Experiment name must be 1-256 characters, start with a letter or a number, and can"
            " only contain letters, numbers, underscores, and dashes' (microsoft/dstoolkit-mlops-v2#180);"
            " Azure/azure-sdk-for-python#45209",
        ),
        "param": _longest(_NAMES.param, 100, f"not documented; a property's: {LIMITS}"),
        "tag": _longest(_NAMES.tag, 100),
        # A part that ends with a dot: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
        "artifact": _NAMES.artifact.model_copy(
            update={
                "pattern": rf"(?!.*\.(?:/|$)){_NAMES.artifact.pattern}",
                "safe": _NAMES.artifact.safe.replace(".", ""),
            }
        ),
    }
)

AZUREML: Traits = MLFLOW.model_copy(
    update={
        "provider": PROVIDER,
        "rates": AZUREML_RATES,
        "names": NAMES,
        "limits": MLFLOW.limits.model_copy(
            update={
                "param_value": Bound(
                    most=500,
                    unit="characters",
                    source="not documented; MLflow's own when Azure's server was made, until 2.8 (mlflow/mlflow#9709)",
                ),
                "tag_value": TAG,
                "experiment_tag_value": TAG,
                "description": Bound(most=1_000, unit="characters", source=f"a tag's: {LIMITS}"),
                "tags_per_experiment": Bound(most=50, source=LIMITS),
                "params_per_run": Bound(
                    most=200,
                    source="FieldName=Parameters, Limit=200 (Azure/azure-sdk-for-python#35685, QwenLM/Qwen3#113)",
                ),
                "tags_per_run": Bound(
                    most=TAGS - FIELDS, source=f"{TAGS}, less {FIELDS} that a run's own fields take: {LIMITS}"
                ),
                "tags_per_write": Bound(most=TAGS - FIELDS, source="as many as a run holds"),
                "points_per_write": Bound(
                    most=250, source=f"FieldName=MetricV2Dto.Value/Count, Limit=250 (mlflow/mlflow#11462); {LIMITS}"
                ),
                "items_per_write": None,  # never met: see the three above
                "points_per_page": Bound(most=999, source="MaxResults must be less than 1000 (mlflow/mlflow#10694)"),
                "runs_per_page": Bound(most=1_000, source="not documented; what MLflow's client asks for"),
                "experiments_per_page": Bound(most=1_000, source="not documented; what MLflow's client asks for"),
            }
        ),
        "claims": {
            **MLFLOW.claims,
            Feature.ARTIFACTS: native("the history service, which signs URLs of Blob Storage; azureml-mlflow does so"),
            Feature.PROVENANCE: sidecar("a tag holds 1,000 characters, and command lines are longer", LIMITS),
            Feature.DATASETS: sidecar("runs/log-inputs is not documented for Azure ML", MATRIX),
        },
        # Its console shows them, as far as a tag holds them.
        "shown": frozenset({"user", "source"}),
        "search": Search(
            clauses={
                "param": frozenset({"="}),
                "tag": frozenset({"="}),
                "attribute.id": frozenset({"="}),
                "attribute.token": frozenset({"="}),
                "attribute.status": frozenset({"="}),
                "attribute.started": MLFLOW.search.clauses["attribute.started"],
                "attribute.ended": MLFLOW.search.clauses["attribute.ended"],
            },
            orders=frozenset({"attribute.started"}),
        ),
    }
)
