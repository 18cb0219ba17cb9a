"""What Vertex AI Experiments can do: data, each with its source.

`types` is google/cloud/aiplatform_v1/types of google-cloud-aiplatform 2.7, `SDK` its google/cloud/aiplatform. A run's
metadata hold 200 KB; what of it goes to whom is ours, and such a bound says "ours".
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters, ascii_lowercase, digits

from tracklayer.drivers.vertex.rates import BOARD_RATES, PLAIN_RATES
from tracklayer.spi import Bound, Claim, Feature, Limits, Names, Naming, Search, Traits, native, never, sidecar

MILLISECOND = 1_000_000
#: Bytes that we fill of a resource's metadata (types/context.py: "should not exceed 200KB", of whatever kind).
FULL = 190_000
_SHARE = "ours: a run's metadata hold 200 KB in all (types/context.py)"


def _key(kind: str) -> Naming:
    return Naming(
        pattern=r"(?s).+",
        longest=Bound(most=250, unit="bytes", source=_SHARE),
        source=f"google.protobuf.Struct: any text is a key; {kind}",
    )


NAMES = Names(
    experiment=Naming(
        pattern=r"[a-z0-9][a-z0-9-]{3,79}",
        longest=Bound(
            most=80,
            unit="characters",
            source="ours: an id holds 128 (types/metadata_service.py: context_id), and those of runs begin with it",
        ),
        safe=ascii_lowercase + digits,
        escape="-",
        folds_case=True,
        source="types/metadata_service.py: context_id, 4-128 characters of [a-z][0-9]-",
    ),
    run=Naming(
        pattern=r"(?s).+",
        longest=Bound(most=500, unit="bytes", source=_SHARE),
        source="kept in the run's metadata: ids and display names are slugs of it",
    ),
    param=_key("_params"),
    metric=Naming(
        pattern=r"(?s).+",
        longest=Bound(
            most=128,
            unit="bytes",
            source="as other display names (types/context.py: 128 characters): for time series none is documented",
        ),
        source="SDK tensorboard: the display name of a time series is the metric",
    ),
    tag=_key("kept in the run's metadata"),
    experiment_tag=_key("kept in the experiment's metadata"),
    artifact=Naming(
        pattern=r"[^\\\x00-\x1f\x7f\x85\u2028\u2029\ufffe\uffff]+",
        longest=Bound(
            most=600,
            unit="bytes",
            source="https://cloud.google.com/storage/docs/objects#naming: 1,024 bytes; ours stand behind a prefix (at"
            " most 200), an experiment and a run",
        ),
        safe=ascii_letters + digits + ".-/",
        reserved=r"\.tracklayer(/.*)?",
        source="https://cloud.google.com/storage/docs/objects#naming",
    ),
)

LIMITS = Limits(
    param_value=Bound(most=8_000, unit="bytes", source=_SHARE),
    tag_value=Bound(most=8_000, unit="bytes", source=_SHARE),
    experiment_tag_value=Bound(most=4_000, unit="bytes", source="ours: an experiment's metadata hold 200 KB in all"),
    own_value=Bound(most=4_000, unit="bytes", source=_SHARE),
    description=Bound(most=8_000, unit="bytes", source="ours: no limit of a context's description is documented"),
    bytes_per_run=Bound(
        most=80_000,
        unit="bytes",
        source="ours: what tells integers from doubles takes as much again, and a run's summaries and tags need room",
    ),
    points_per_write=Bound(most=5_000, source="types/tensorboard_service.py: WriteTensorboardRunDataRequest"),
    experiments_per_page=Bound(
        most=100, source="types/metadata_service.py: ListContextsRequest.page_size (1-100 in REST)"
    ),
    runs_per_page=Bound(most=100, source="types/metadata_service.py: ListContextsRequest.page_size (1-100 in REST)"),
    points_per_page=Bound(
        most=10_000, source="types/tensorboard_service.py: ExportTensorboardTimeSeriesDataRequest.page_size"
    ),
    point_time_unit=MILLISECOND,
    point_time_earliest=0,
    run_time_unit=1_000,
)

_METADATA = "the run's metadata, which the official SDK keeps when it writes to the run"
_BOARD = "types/tensorboard_data.py: TimeSeriesDataPoint"
CLAIMS: Mapping[Feature, Claim] = {
    Feature.WRITING: native("CreateContext, UpdateContext, WriteTensorboardRunData"),
    Feature.DELETE: native("DeleteContext, DeleteTensorboardRun, DeleteArtifact: for good"),
    Feature.RESTORE: never("what is deleted is gone", "types/metadata_service.py: there is no such call"),
    Feature.ARTIFACTS: native("Cloud Storage, and an artifact in the run's context for each file"),
    Feature.NESTED_RUNS: sidecar("a run is a child of its experiment only", "SDK metadata/experiment_run_resource.py"),
    Feature.RESUME: native("_state in the run's metadata"),
    Feature.BACKDATING: native(_METADATA),
    Feature.IDEMPOTENT_CREATE: native("the context's id follows from the token, and an id is taken once"),
    Feature.PARAM_OVERWRITE: native("UpdateContext, guarded by its etag"),
    Feature.TYPED_PARAMS: native("numbers are doubles: which were integers is noted in the run's metadata"),
    Feature.EMPTY_VALUES: native("google.protobuf.Struct: an empty text is a value"),
    Feature.METRIC_HISTORY: native("TensorBoard's time series"),
    Feature.METRIC_SAME_STEP: sidecar("a step holds one point: another one overwrites it", _BOARD),
    Feature.METRIC_TIME: native(f"{_BOARD}.wall_time; the official SDK writes milliseconds"),
    Feature.METRIC_NAN: native(f"{_BOARD}: a double"),
    Feature.METRIC_INFINITY: native(f"{_BOARD}: a double"),
    Feature.METRIC_NEGATIVE_STEP: native(f"{_BOARD}: an int64"),
    Feature.DESCRIPTION: native("types/context.py: description"),
    Feature.PROVENANCE: sidecar("a run has no user and no commit", "types/context.py"),
    Feature.DATASETS: sidecar("an artifact of a data set is a name and a URI", "types/artifact.py"),
    Feature.ATOMIC_WRITE: never("the run's metadata and its time series are two services", "types"),
    Feature.FILTER: sidecar("the service's filters know nothing of what is kept beside a run"),
    Feature.ORDER: sidecar("the service orders by what it holds itself"),
}

VERTEX = Traits(
    provider="vertex",
    claims=CLAIMS,
    limits=LIMITS,
    names=NAMES,
    search=Search(clauses={"attribute.token": frozenset({"="})}),
    rates=BOARD_RATES,
    shown=frozenset({"inputs"}),
)

_NO_BOARD = "without a TensorBoard a metric is one value: give ?tensorboard=ID in the URL for charts"
_SERIES = (Feature.METRIC_HISTORY, Feature.METRIC_TIME)
#: Without a TensorBoard: series ride beside the run, and the console shows the last value of each.
PLAIN = VERTEX.model_copy(
    update={
        "shown_points": 2,
        "rates": PLAIN_RATES,
        "claims": {
            **CLAIMS,
            **{feature: sidecar(_NO_BOARD, "SDK metadata/experiment_run_resource.py") for feature in _SERIES},
        },
    }
)
