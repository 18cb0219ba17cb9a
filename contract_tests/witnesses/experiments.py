"""What the official SDKs can be asked of SageMaker Experiments. Versions 2 and 3 have the same `Run`, at other places.

Nothing of them is patched: host names, sessions, pauses and clients are theirs.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

#: Of a chart: truth, and what was predicted.
TRUE, SCORES, PREDICTED = [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], [0, 1, 1, 1]


class Experiments:
    """What can be asked. `runs`, `analytics`, `session`, `associations`, `artifacts`, `s3`: the SDK's own."""

    def __init__(
        self, *, runs: Any, analytics: Any, session: Any, associations: Any, artifacts: Any, downloader: Any
    ) -> None:
        self._runs = runs
        self._analytics = analytics
        self._session = session
        self._associations = associations
        self._artifacts = artifacts
        self._downloader = downloader

    def write_run(
        self,
        experiment: str,
        run: str | None = None,
        *,
        tags: Mapping[str, str] | None = None,
        display: str | None = None,
        fail: str | None = None,
        **logged: Any,
    ) -> dict[str, str]:
        """A new run, by `with Run(...)`; `fail`: what the body of the block raises at its end."""
        made = self._runs.Run(
            experiment_name=experiment,
            run_name=run,
            run_display_name=display,
            tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()] or None,
            sagemaker_session=self._session,
        )
        return self._within(made, fail, logged)

    def go_on(self, experiment: str, run: str, *, fail: str | None = None, **logged: Any) -> dict[str, str]:
        """A run that is there already, by `with load_run(...)`."""
        return self._within(self._load(experiment, run), fail, logged)

    def go_on_in_a_job(self, job: str, **logged: Any) -> dict[str, str]:
        """The run of a training job, by `load_run()` as the job's script calls it; `job` is its ARN."""
        os.environ["TRAINING_JOB_ARN"] = job
        try:
            return self._within(self._runs.load_run(sagemaker_session=self._session), None, logged)
        finally:
            del os.environ["TRAINING_JOB_ARN"]

    def _load(self, experiment: str, run: str) -> Any:
        return self._runs.load_run(run_name=run, experiment_name=experiment, sagemaker_session=self._session)

    def _within(self, run: Any, fail: str | None, logged: Mapping[str, Any]) -> dict[str, str]:
        with suppress(_Failed), run:
            self._log(run, **logged)
            if fail is not None:
                raise _Failed(fail)
        component = run._trial_component
        return {
            "experiment": run.experiment_name,
            "run": run.run_name,
            "trial": run.run_group_name,
            "component": component.trial_component_name,
            "arn": component.trial_component_arn,
        }

    def _log(
        self,
        run: Any,
        *,
        params: Mapping[str, Any] | None = None,
        points: Sequence[tuple[str, float, int | None, float | None]] = (),
        files: Mapping[str, str] | None = None,
        inputs: Mapping[str, str] | None = None,
        artifacts: Sequence[tuple[str, str, str | None, bool]] = (),
        charts: Sequence[tuple[str, str, bool]] = (),
    ) -> None:
        """`points`: key, value, step, seconds; `charts`: kind, title, is it an output?"""
        for key, value in (params or {}).items():
            run.log_parameter(key, value)
        for key, value, step, seconds in points:
            moment = None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)
            run.log_metric(key, value, moment, step)
        for outgoing, logged in ((True, files), (False, inputs)):
            for name, data in (logged or {}).items():
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / name
                    path.write_bytes(base64.b64decode(data))
                    run.log_file(str(path), is_output=outgoing)
        for name, uri, media_type, outgoing in artifacts:
            run.log_artifact(name, uri, media_type, outgoing)
        for kind, title, outgoing in charts:
            self._chart(run, kind, title, outgoing)

    @staticmethod
    def _chart(run: Any, kind: str, title: str, outgoing: bool) -> None:
        if kind == "ROCCurve":
            run.log_roc_curve(TRUE, SCORES, title, outgoing)
        elif kind == "PrecisionRecallCurve":
            run.log_precision_recall(TRUE, SCORES, 1, title, outgoing)
        else:
            run.log_confusion_matrix(TRUE, PREDICTED, title, outgoing)

    def read_run(self, experiment: str, run: str) -> dict[str, Any]:
        """A run as `load_run` knows it; nothing is written."""
        return _seen(self._load(experiment, run))

    def list_runs(self, experiment: str) -> list[dict[str, Any]]:
        return [_seen(run) for run in self._runs.list_runs(experiment, sagemaker_session=self._session)]

    def analytics(self, experiment: str, **wanted: Any) -> list[dict[str, Any]]:
        """The rows of `ExperimentAnalytics`, without the cells that are empty in a row."""
        made = self._analytics.ExperimentAnalytics(
            experiment_name=experiment, sagemaker_session=self._session, **wanted
        )
        rows = made.dataframe().to_dict("records")
        return [{key: value for key, value in row.items() if value == value} for row in rows]  # noqa: PLR0124 -- NaN

    def charts(self, arn: str) -> list[dict[str, Any]]:
        """The artifacts that a component is said to have produced, and what is in them."""
        found = self._associations.Association.list(
            source_arn=arn, association_type="Produced", sagemaker_session=self._session
        )
        charts = []
        for one in found:
            artifact = self._artifacts.Artifact.load(one.destination_arn, sagemaker_session=self._session)
            uri = artifact.source.source_uri
            charts.append({"name": artifact.artifact_name, "kind": artifact.artifact_type, "data": self.read_file(uri)})
        return charts

    def read_file(self, uri: str) -> str:
        """A text file in S3, by the SDK's own means."""
        return str(self._downloader.read_file(uri, self._session))


class _Failed(Exception):
    """What a run's block is left with."""


def _seen(run: Any) -> dict[str, Any]:
    component = run._trial_component
    status = component.status
    return {
        "run": run.run_name,
        "component": component.trial_component_name,
        "arn": component.trial_component_arn,
        "display": component.display_name,
        "params": dict(component.parameters),
        "inputs": {name: [one.value, one.media_type] for name, one in component.input_artifacts.items()},
        "outputs": {name: [one.value, one.media_type] for name, one in component.output_artifacts.items()},
        "status": status and status.primary_status,
        "message": status and status.message,
        "start": _seconds(component.start_time),
        "end": _seconds(component.end_time),
        "metrics": {
            one.metric_name: {name: getattr(one, name) for name in ("count", "min", "max", "last", "avg")}
            for one in component.metrics or ()
        },
    }


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
