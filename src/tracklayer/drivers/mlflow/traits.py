"""What an MLflow server can do: data, each with its source.

`mlflow/...` are files of MLflow's package, 3.15 if not said otherwise; "tried" is what a test of `tests/drivers/mlflow`
sees a real server do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_letters, digits
from typing import Any

from tracklayer.drivers.mlflow.rates import MLFLOW_RATES
from tracklayer.model import Operator
from tracklayer.spi import (
    Bound,
    Claim,
    Feature,
    Limits,
    Names,
    Naming,
    Search,
    Traits,
    native,
    never,
    sidecar,
)

VALIDATION = "mlflow/utils/validation.py"
MODELS = "mlflow/store/tracking/dbmodels/models.py"
MILLISECOND = 1_000_000

#: Tags by which MLflow holds what are fields here (mlflow/utils/mlflow_tags.py).
RUN_FIELDS = (
    "mlflow.runName", "mlflow.user", "mlflow.parentRunId", "mlflow.note.content", "mlflow.source.name",
    "mlflow.source.git.commit", "mlflow.source.git.branch", "mlflow.source.git.dirty", "mlflow.source.git.repoURL",
)  # fmt: skip
EXPERIMENT_FIELDS = ("mlflow.note.content",)


def _either(names: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, names))


#: Letters, digits, `_ - . : /` and blanks, and a path that is in its shortest form.
_KEY = Naming(
    pattern=r"(?!\.\.)(?!(?:.*/)?\.{0,2}(?:/|$))[/\w.\- :]+",
    longest=Bound(most=250, unit="characters", source=f"{VALIDATION}: MAX_ENTITY_KEY_LENGTH"),
    safe=ascii_letters + digits + ".-",
    source=f"{VALIDATION}: validate_param_and_metric_name, path_not_unique",
)
#: NUL is left out because PostgreSQL holds no text with it.
_TITLE = Naming(pattern=r"[^\x00]+", source="tried: any text; PostgreSQL's documentation: no NUL in text")

#: A part of a path that surely takes at most 255 bytes: its characters take at most 1, 2, 3 or 4 of them each.
_PART = r"(?:[^/\u0080-\U0010ffff]{1,255}|[^/\u0800-\U0010ffff]{1,127}|[^/\U00010000-\U0010ffff]{1,85}|[^/]{1,63})"

NAMES = Names(
    experiment=_TITLE.model_copy(
        update={
            "longest": Bound(
                most=256,
                unit="characters",
                source=f"{MODELS}: SqlExperiment.name is a String(256), which PostgreSQL and MySQL hold to; SQLite"
                f" takes 500 ({VALIDATION}: MAX_EXPERIMENT_NAME_LENGTH)",
            )
        }
    ),
    run=_TITLE.model_copy(
        update={
            "longest": Bound(
                most=250,
                unit="characters",
                source=f"{MODELS}: SqlRun.name is a String(250), which PostgreSQL and MySQL hold to; SQLite takes more",
            )
        }
    ),
    param=_KEY,
    metric=_KEY,
    tag=_KEY.model_copy(update={"reserved": _either(RUN_FIELDS)}),
    experiment_tag=_KEY.model_copy(update={"reserved": _either(EXPERIMENT_FIELDS)}),
    # The server decodes `%41` until nothing changes, refuses `#`, drops `?` and `;` at the end of a path, and rewrites
    # control characters: names with those are spelt, all others stand as they are.
    artifact=Naming(
        pattern=r"(?!(?:.*/)?\.{0,2}(?:/|$))(?!.*%[0-9A-Fa-f]{2})(?!.*[?;](?:/|$))[^\\#\x00-\x1f\x7f]+",
        longest=Bound(
            most=900,
            unit="bytes",
            pattern=rf"{_PART}(?:/{_PART})*",
            source="S3's object keys hold 1,024 bytes, ours behind a prefix; names of files 255 bytes",
        ),
        safe=ascii_letters + digits + ".-/",
        reserved=r"\.tracklayer(/.*)?",
        source="mlflow/utils/uri.py: validate_path_is_safe, _escape_control_characters; tried with each character",
    ),
)

LIMITS = Limits(
    param_value=Bound(
        most=6_000, unit="characters", source=f"{VALIDATION}: MAX_PARAM_VAL_LENGTH; tried: more is cut off silently"
    ),
    tag_value=Bound(
        most=8_000, unit="characters", source=f"{VALIDATION}: MAX_TAG_VAL_LENGTH; tried: more is cut off silently"
    ),
    experiment_tag_value=Bound(
        most=5_000, unit="characters", source=f"{VALIDATION}: MAX_EXPERIMENT_TAG_VAL_LENGTH (20,000 in 3.18)"
    ),
    description=Bound(most=5_000, unit="characters", source="a tag, of a run (8,000) or of an experiment (5,000)"),
    dataset_name=Bound(most=500, unit="characters", source=f"{VALIDATION}: MAX_DATASET_NAME_SIZE"),
    dataset_digest=Bound(most=36, unit="characters", source=f"{VALIDATION}: MAX_DATASET_DIGEST_SIZE"),
    dataset_source=Bound(most=65_535, unit="bytes", source=f"{VALIDATION}: MAX_DATASET_SOURCE_SIZE; a TEXT in MySQL"),
    dataset_columns=Bound(most=1_048_575, unit="characters", source=f"{VALIDATION}: MAX_DATASET_SCHEMA_SIZE"),
    params_per_write=Bound(most=100, source=f"{VALIDATION}: MAX_PARAMS_TAGS_PER_BATCH"),
    tags_per_write=Bound(most=100, source=f"{VALIDATION}: MAX_PARAMS_TAGS_PER_BATCH"),
    points_per_write=Bound(most=1_000, source=f"{VALIDATION}: MAX_METRICS_PER_BATCH"),
    items_per_write=Bound(most=1_000, source=f"{VALIDATION}: MAX_ENTITIES_PER_BATCH"),
    bytes_per_write=Bound(
        most=1_000_000,
        unit="bytes",
        source=f"{VALIDATION}: MAX_BATCH_LOG_REQUEST_SIZE, which the server does not hold to; Databricks does"
        " (https://docs.databricks.com/api/workspace/experiments/logbatch)",
    ),
    experiments_per_page=Bound(most=50_000, source="mlflow/store/tracking/__init__.py: SEARCH_MAX_RESULTS_THRESHOLD"),
    runs_per_page=Bound(most=50_000, source="mlflow/store/tracking/__init__.py: SEARCH_MAX_RESULTS_THRESHOLD"),
    point_time_unit=MILLISECOND,
    point_time_earliest=0,
    run_time_unit=MILLISECOND,
)

_FIELDS = "https://mlflow.org/docs/latest/rest-api.html#create-run; tried"
CLAIMS: Mapping[Feature, Claim] = {
    Feature.WRITING: native("experiments/create, runs/create, runs/log-batch"),
    Feature.DELETE: native("runs/delete, experiments/delete"),
    Feature.RESTORE: native("runs/restore, experiments/restore"),
    Feature.ARTIFACTS: native("mlflow-artifacts: proxied by the server; or a folder on this machine, or S3"),
    Feature.NESTED_RUNS: native("the tag mlflow.parentRunId"),
    Feature.RESUME: native("runs/update with status RUNNING and end_time 0, which reads as none; tried"),
    Feature.BACKDATING: native(f"{_FIELDS}: start_time and end_time are taken as they are given"),
    Feature.IDEMPOTENT_CREATE: native("runs/search by the tag tracklayer.token, before runs/create"),
    Feature.PARAM_OVERWRITE: never("a param is set once", "runs/log-batch: INVALID_PARAMETER_VALUE; tried"),
    Feature.TYPED_PARAMS: sidecar("params are text", "runs/log-batch"),
    Feature.EMPTY_VALUES: native("tried: an empty param and an empty tag come back"),
    Feature.METRIC_HISTORY: native("metrics/get-history"),
    Feature.METRIC_SAME_STEP: native(f"{MODELS}: SqlMetric's key is key, timestamp, step, value; tried"),
    Feature.METRIC_TIME: native("whole milliseconds; tried"),
    Feature.METRIC_NAN: native('the text "NaN"; tried'),
    Feature.METRIC_INFINITY: sidecar(
        "a server stores the largest float instead", "mlflow/store/tracking/sqlalchemy_store.py: sanitize_metric_value"
    ),
    Feature.METRIC_NEGATIVE_STEP: native("tried"),
    Feature.DESCRIPTION: native("the tag mlflow.note.content"),
    Feature.PROVENANCE: native("user_id, and the tags mlflow.user and mlflow.source.*"),
    Feature.DATASETS: native("runs/log-inputs, since 2.4"),
    Feature.ATOMIC_WRITE: never(
        "runs/log-batch keeps its params when its points are refused", "tried; the REST documentation warns of it"
    ),
    Feature.FILTER: native("runs/search"),
    Feature.ORDER: native("runs/search"),
}

_TIMES: frozenset[Operator] = frozenset({"=", "!=", ">", ">=", "<", "<="})
#: Not metrics: NaN is stored as 0, an infinity is not stored. Not `user`: it is a field and a tag, which may differ.
SEARCH = Search(
    clauses={
        "param": frozenset({"="}),
        "tag": frozenset({"="}),
        "attribute.id": frozenset({"="}),
        "attribute.token": frozenset({"="}),
        "attribute.name": frozenset({"="}),
        "attribute.status": frozenset({"=", "!="}),
        "attribute.started": _TIMES,
        "attribute.ended": _TIMES,
    },
    orders=frozenset({"attribute.started"}),
)

MLFLOW = Traits(provider="mlflow", claims=CLAIMS, limits=LIMITS, names=NAMES, search=SEARCH, rates=MLFLOW_RATES)


def narrowed(traits: Traits, version: tuple[int, ...]) -> Traits:
    """The traits of a server of an older version: never wider than they were.

    * 2.17 took run tags from 5,000 to 8,000 characters (mlflow/mlflow#13176). * 2.16 took `:` into names (#12943).
    * 2.8 took params from 500 to 6,000 characters (#9709). * 2.4 brought data sets (runs/log-inputs).
    """
    limits: dict[str, Any] = {}
    if version < (2, 17):
        limits["tag_value"] = Bound(most=5_000, unit="characters", source="mlflow/mlflow#13176: before 2.17")
    if version < (2, 8):
        limits["param_value"] = Bound(most=500, unit="characters", source="mlflow/mlflow#9709: before 2.8")
    changes: dict[str, Any] = {"limits": traits.limits.model_copy(update=limits)}
    if version < (2, 16):
        without = {"pattern": _KEY.pattern.replace(" :", " "), "source": "mlflow/mlflow#12943: before 2.16"}
        kinds = ("param", "metric", "tag", "experiment_tag")
        changes["names"] = traits.names.model_copy(
            update={kind: getattr(traits.names, kind).model_copy(update=without) for kind in kinds}
        )
    if version < (2, 4):
        kept = sidecar("the server is older than 2.4, which brought data sets", "runs/log-inputs")
        changes["claims"] = {**traits.claims, Feature.DATASETS: kept}
    return traits.model_copy(update=changes)
