"""The shapes of MLflow's answers. What is not named here is left unread; numbers may come as text."""

from __future__ import annotations

from msgspec import Struct, field


class KeyValue(Struct):
    """A tag or a param."""

    key: str
    value: str = ""


class Metric(Struct, gc=False):
    """A point, or a metric's last one. `timestamp` in milliseconds."""

    key: str = ""
    value: float = 0.0
    timestamp: int = 0
    step: int = 0


class ExperimentInfo(Struct):
    """An experiment. `creation_time` in milliseconds."""

    experiment_id: str
    name: str
    artifact_location: str = ""
    lifecycle_stage: str = "active"
    creation_time: int | None = None
    tags: tuple[KeyValue, ...] = ()


class RunInfo(Struct):
    """The run itself. Times in milliseconds; an end that is missing or 0 is none."""

    experiment_id: str
    run_id: str = ""
    run_uuid: str = ""
    run_name: str = ""
    user_id: str = ""
    status: str = "RUNNING"
    start_time: int | None = None
    end_time: int | None = None
    artifact_uri: str = ""
    lifecycle_stage: str = "active"

    @property
    def id(self) -> str:
        """The id, by its new name or its old one."""
        return self.run_id or self.run_uuid


class RunData(Struct):
    """What was logged: the last value of each metric, params and tags."""

    metrics: tuple[Metric, ...] = ()
    params: tuple[KeyValue, ...] = ()
    tags: tuple[KeyValue, ...] = ()


class DatasetInfo(Struct):
    """A data set. `schema` and `profile` are missing when they are empty."""

    name: str = ""
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Struct):
    """A data set as one run's input."""

    dataset: DatasetInfo
    tags: tuple[KeyValue, ...] = ()


class RunInputs(Struct):
    """What a run read."""

    dataset_inputs: tuple[DatasetInput, ...] = ()


class ModelOutput(Struct):
    """A model that a run logged, by its id."""

    model_id: str


class RunOutputs(Struct):
    """What a run made, since MLflow 3."""

    models: tuple[ModelOutput, ...] = field(default=(), name="model_outputs")


class MlflowRun(Struct):
    """A whole run."""

    info: RunInfo
    data: RunData = field(default_factory=RunData)
    inputs: RunInputs = field(default_factory=RunInputs)
    outputs: RunOutputs = field(default_factory=RunOutputs)


class ModelInfo(Struct):
    """A logged model. `created` in milliseconds."""

    model_id: str
    name: str = ""
    artifact_uri: str = ""
    created: int = field(default=0, name="creation_timestamp_ms")


class Model(Struct):
    """A logged model as its answer has it."""

    info: ModelInfo


class OneModel(Struct):
    """The answer of logged-models/ID."""

    model: Model


class OneExperiment(Struct):
    """The answer of experiments/get and experiments/get-by-name."""

    experiment: ExperimentInfo


class NewExperiment(Struct):
    """The answer of experiments/create."""

    experiment_id: str


class Experiments(Struct):
    """The answer of experiments/search."""

    experiments: tuple[ExperimentInfo, ...] = ()
    next_page_token: str | None = None


class OneRun(Struct):
    """The answer of runs/get and runs/create."""

    run: MlflowRun


class Updated(Struct):
    """The answer of runs/update."""

    run_info: RunInfo


class Runs(Struct):
    """The answer of runs/search."""

    runs: tuple[MlflowRun, ...] = ()
    next_page_token: str | None = None


class History(Struct):
    """The answer of metrics/get-history."""

    metrics: tuple[Metric, ...] = ()
    next_page_token: str | None = None


class Nothing(Struct):
    """The answer of a call that only does something."""


class File(Struct):
    """An entry of a folder. `path` is its name there; `file_size` is missing for an empty file."""

    path: str
    is_dir: bool = False
    file_size: int | None = None


class Folder(Struct):
    """The answer of mlflow-artifacts/artifacts."""

    files: tuple[File, ...] = ()


class ServerInfo(Struct):
    """The answer of server-info."""

    multipart_uploads_enabled: bool = False


class PartCredential(Struct):
    """Where one part of a multipart upload goes."""

    url: str
    part_number: int
    headers: dict[str, str] = field(default_factory=dict)


class Multipart(Struct):
    """The answer of mlflow-artifacts/mpu/create."""

    upload_id: str = ""
    credentials: tuple[PartCredential, ...] = ()
