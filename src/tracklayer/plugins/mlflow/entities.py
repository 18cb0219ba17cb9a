"""What is known of runs and experiments, as MLflow's entities."""

from __future__ import annotations

from collections.abc import Iterable

from mlflow.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    ExperimentTag,
    InputTag,
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from tracklayer import model
from tracklayer.plugins.mlflow.experiments import Noted
from tracklayer.plugins.mlflow.known import Known

#: Nanoseconds of a millisecond.
MILLISECOND = 1_000_000
#: What MLflow's client calls a user that it does not know.
NOBODY = "unknown"


def run(known: Known, artifact_uri: str, *, deleted: bool) -> Run:
    """A whole run."""
    data = RunData(
        metrics=[metric(key, last) for key, last in list(known.metrics.items())],
        params=[Param(key, value) for key, value in list(known.params.items())],
        tags=[RunTag(key, value) for key, value in list(known.tags.items())],
    )
    inputs = RunInputs(
        dataset_inputs=[_input(one) for one in list(known.inputs)],
        model_inputs=[LoggedModelInput(model_id=one) for one in known.links.read],
    )
    outputs = RunOutputs([LoggedModelOutput(model_id=one, step=step) for one, step in known.links.made])
    return Run(info(known, artifact_uri, deleted=deleted), data, inputs, outputs)


def info(known: Known, artifact_uri: str, *, deleted: bool) -> RunInfo:
    """What a run is, without what was logged to it."""
    return RunInfo(
        run_id=known.run,
        experiment_id=known.experiment,
        user_id=known.user or NOBODY,
        status=known.status.upper(),
        start_time=known.started or 0,
        end_time=known.ended,
        lifecycle_stage=LifecycleStage.DELETED if deleted else LifecycleStage.ACTIVE,
        artifact_uri=artifact_uri,
        run_name=known.name or "",
    )


def metric(key: str, last: model.MetricSummary) -> Metric:
    """A metric's last point."""
    return Metric(key, last.last, last.last_time // MILLISECOND, last.last_step)


def experiment(noted: Noted, artifact_location: str) -> Experiment:
    """An experiment."""
    return Experiment(
        experiment_id=noted.id,
        name=noted.name,
        artifact_location=artifact_location,
        lifecycle_stage=LifecycleStage.DELETED if noted.deleted else LifecycleStage.ACTIVE,
        tags=[ExperimentTag(key, text) for key, text in noted.tags.items()],
        creation_time=noted.created,
        last_update_time=noted.updated,
    )


def datasets(given: Iterable[DatasetInput]) -> tuple[model.Dataset, ...]:
    """Data sets that a run reads, as ours. Of their tags the context is kept."""
    return tuple(
        model.Dataset(
            name=one.dataset.name or "unnamed",
            digest=one.dataset.digest or "unknown",
            kind=one.dataset.source_type,
            source=one.dataset.source,
            columns=one.dataset.schema,
            profile=one.dataset.profile,
            context=next((tag.value for tag in one.tags if tag.key == MLFLOW_DATASET_CONTEXT), None),
        )
        for one in given
    )


def _input(given: model.Dataset) -> DatasetInput:
    dataset = Dataset(given.name, given.digest, given.kind, given.source, given.columns, given.profile)
    context = [] if given.context is None else [InputTag(MLFLOW_DATASET_CONTEXT, given.context)]
    return DatasetInput(dataset=dataset, tags=context)
