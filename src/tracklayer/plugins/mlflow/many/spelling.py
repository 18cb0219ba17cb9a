"""Spelling: how ids and names of one place are told among those of several, and back. No table is kept.

* A run is `KEY-ID`, an experiment `KEY-ID`, a model `m-MARK-KEY-RUN`. KEY is made of the place's URL alone, so any
  process finds the same, whatever other places stand beside it.
* An experiment is named `NAME @ PLACE`, with the place's URL without its slashes.
* A place that stands alone has no key: its ids and names are its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from mlflow.entities import (
    Experiment,
    ExperimentTag,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Run,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
    _DatasetSummary,
)
from mlflow.store.entities.paged_list import PagedList

from tracklayer.drivers.mlflow import wire
from tracklayer.plugins.mlflow import ids

#: Hex digits of a key.
DIGITS = 8
#: Characters that an experiment's id may have behind the key and its `-`; one that has more is cut to a head and a
#: digest, and is then exactly so long.
ROOM = int(ids.EXPERIMENT.longest.most) - DIGITS - 1 if ids.EXPERIMENT.longest else 0
_DIGEST = 12
#: What MLflow's pages take an experiment for. Where no tag says it they look for traces, and note what they found.
KIND, TRAINING = "mlflow.experimentKind", "custom_model_development"


def key_of(url: str) -> str:
    """The key of a place, by the URL that the place has for itself."""
    return hashlib.sha256(url.encode()).hexdigest()[:DIGITS]


def label_of(url: str) -> str:
    """What the experiments of a place are told by: its URL without slashes, or the last part of its path.

    * MLflow's pages show of a name what comes behind its last slash.
    * Two places may have one label.
    """
    scheme, _, rest = url.partition(":")
    rest = rest.partition("?")[0].rstrip("/")
    said = rest.removeprefix("//").replace("/", ":") if rest.startswith("//") else re.split(r"[/\\]", rest)[-1]
    return f"{scheme}:{said}" if said else scheme


class Spelling:
    """`key`: of the place; empty where it stands alone. `label`: what its experiments are told by."""

    def __init__(self, key: str, label: str) -> None:
        self.key = key
        self.label = label
        self._before = f"{key}-" if key else ""
        self._after = f" @ {label}" if key else ""
        self._quoted = re.compile(rf"(?P<before>['\"](?:m-[0-9a-f]{{12}}-)?){key}-")

    # -- ids and names

    def run(self, id: str) -> str:
        """A run's id, outside."""
        return self._before + id

    def experiment(self, id: str) -> str:
        """An experiment's id, outside."""
        return self._before + (shortened(id) if self.key else id)

    def model(self, id: str) -> str:
        """A model's id, outside."""
        found = ids.model(id)
        return id if found is None else str(found._replace(run=self.run(found.run)))

    def name(self, name: str) -> str:
        """An experiment's name, outside."""
        return name + self._after

    def named(self, name: str) -> str | None:
        """An experiment's name in the place; None where it is none of the place's."""
        return name.removesuffix(self._after) if name.endswith(self._after) else None

    def asked(self, text: str | None) -> str | None:
        """A search, with the ids of the place as the place has them."""
        return self._quoted.sub(r"\g<before>", text) if text and self.key else text

    # -- what a store is given

    def inward(self, value: Any) -> Any:
        """What a store is given: a list, a tag, a link to a model; anything else stays as it is."""
        if not self.key:
            return value
        if isinstance(value, (list, tuple)):
            return [self.inward(one) for one in value]
        turns: dict[type, Callable[[Any], Any]] = {
            RunTag: self._tag_inside,
            LoggedModelInput: lambda one: LoggedModelInput(self._model_inside(one.model_id)),
            LoggedModelOutput: lambda one: LoggedModelOutput(self._model_inside(one.model_id), one.step),
            Metric: self._metric_inside,
        }
        turn = turns.get(type(value))
        return value if turn is None else turn(value)

    def _tag_inside(self, tag: RunTag) -> RunTag:
        return RunTag(tag.key, tag.value.removeprefix(self._before)) if tag.key == wire.PARENT else tag

    def _metric_inside(self, one: Metric) -> Metric:
        return _metric(one, one.run_id, self._model_inside(one.model_id)) if one.model_id else one

    def _model_inside(self, id: str) -> str:
        found = ids.model(id)
        return id if found is None else str(found._replace(run=found.run.removeprefix(self._before)))

    # -- what a store answers

    def outward(self, value: Any) -> Any:
        """What a store answers: an entity of MLflow's or a list of them; anything else stays as it is."""
        if isinstance(value, PagedList):
            return PagedList([self.outward(one) for one in value], value.token)
        if isinstance(value, list):
            return [self.outward(one) for one in value]
        turns: dict[type, Callable[[Any], Any]] = {
            Run: self._run,
            RunInfo: self._info,
            Experiment: self._experiment,
            LoggedModel: self._model,
            Metric: self._metric,
            _DatasetSummary: self._summary,
        }
        turn = turns.get(type(value))
        return value if turn is None else turn(value)

    def _run(self, run: Run) -> Run:
        tags = run.data.tags
        if wire.PARENT in tags:
            tags[wire.PARENT] = self.run(tags[wire.PARENT])
        read = [LoggedModelInput(self.model(one.model_id)) for one in run.inputs.model_inputs]
        made = [LoggedModelOutput(self.model(one.model_id), int(one.step)) for one in run.outputs.model_outputs]
        inputs = RunInputs(dataset_inputs=run.inputs.dataset_inputs, model_inputs=read)
        return Run(self._info(run.info), run.data, inputs, RunOutputs(made))

    def _info(self, info: RunInfo) -> RunInfo:
        return RunInfo(
            run_id=self.run(info.run_id),
            experiment_id=self.experiment(info.experiment_id),
            user_id=info.user_id,
            status=info.status,
            start_time=info.start_time,
            end_time=info.end_time,
            lifecycle_stage=info.lifecycle_stage,
            artifact_uri=info.artifact_uri,
            run_name=info.run_name,
        )

    def _experiment(self, one: Experiment) -> Experiment:
        tags = {KIND: TRAINING, **one.tags}
        return Experiment(
            experiment_id=self.experiment(one.experiment_id),
            name=self.name(one.name),
            artifact_location=one.artifact_location,
            lifecycle_stage=one.lifecycle_stage,
            tags=[ExperimentTag(key, text) for key, text in tags.items()],
            creation_time=one.creation_time,
            last_update_time=one.last_update_time,
        )

    def _model(self, one: LoggedModel) -> LoggedModel:
        return LoggedModel(
            experiment_id=self.experiment(one.experiment_id),
            model_id=self.model(one.model_id),
            name=one.name,
            artifact_location=one.artifact_location,
            creation_timestamp=one.creation_timestamp,
            last_updated_timestamp=one.last_updated_timestamp,
            model_type=one.model_type,
            source_run_id=self.run(one.source_run_id) if one.source_run_id else one.source_run_id,
            status=one.status,
            tags=one.tags,
            params=one.params,
            metrics=[self._metric(metric) for metric in one.metrics or ()],
        )

    def _metric(self, one: Metric) -> Metric:
        if not (self.key and (one.run_id or one.model_id)):
            return one
        return _metric(one, one.run_id and self.run(one.run_id), one.model_id and self.model(one.model_id))

    def _summary(self, one: _DatasetSummary) -> _DatasetSummary:
        return _DatasetSummary(self.experiment(one.experiment_id), one.name, one.digest, one.context)


def shortened(id: str) -> str:
    """An experiment's id as it stands behind a key. One that was cut is found by looking for it."""
    if len(id) < ROOM:
        return id
    digest = hashlib.sha256(id.encode()).hexdigest()[:_DIGEST]
    return f"{id[: ROOM - _DIGEST - 1]}-{digest}"


def _metric(one: Metric, run: str | None, model: str | None) -> Metric:
    return Metric(
        one.key,
        one.value,
        one.timestamp,
        one.step,
        model_id=model,
        dataset_name=one.dataset_name,
        dataset_digest=one.dataset_digest,
        run_id=run,
    )
