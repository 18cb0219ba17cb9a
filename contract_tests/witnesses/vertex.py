"""What the official SDK can be asked of Vertex AI Experiments. Its versions 1 and 2 have the same experiments.

Nothing of it is patched: host names, transports, credentials and waits are its own. `transport`: `grpc` or `rest`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from importlib import import_module
from typing import Any

LABELS, MATRIX = ["cat", "dog"], [[9, 1], [2, 8]]
FPR, TPR, THRESHOLD = [0.0, 0.5, 1.0], [0.0, 0.9, 1.0], [1.0, 0.5, 0.0]


class Vertex:
    """What can be asked. A run is named by its experiment and its display name, as the SDK has it."""

    def __init__(self) -> None:
        self._sdk: Any = import_module("google.cloud.aiplatform")
        self._timestamps: Any = import_module("google.protobuf.timestamp_pb2")

    def move(self, location: str) -> None:
        """Work in another location from now on."""
        os.environ["GOOGLE_CLOUD_REGION"] = location

    # -- writing

    def board(self, transport: str) -> str:
        """A new TensorBoard, by its whole name."""
        self._init(transport)
        return str(self._sdk.Tensorboard.create(display_name="the SDK's").resource_name)

    def experiment(self, transport: str, experiment: str, *, board: str | None = None, description: str = "") -> None:
        """An experiment, made or taken; `board`: its TensorBoard."""
        self._init(
            transport,
            experiment=experiment,
            experiment_tensorboard=board or False,
            experiment_description=description or None,
        )

    def write_run(
        self,
        transport: str,
        experiment: str,
        run: str,
        *,
        board: str | None = None,
        state: str = "COMPLETE",
        resume: bool = False,
        **logged: Any,
    ) -> str:
        """A run by `start_run`, what it logs, and `end_run`. Gives the id of its context."""
        self.experiment(transport, experiment, board=board)
        made = self._sdk.start_run(run, resume=resume)
        self._log(**logged)
        self._sdk.end_run(state=self._sdk.gapic.Execution.State[state])
        return str(made.resource_id)

    def write_block(self, transport: str, experiment: str, run: str, *, fail: str | None = None, **logged: Any) -> str:
        """A run by `with start_run(...)`; `fail`: what the body of the block raises at its end."""
        self.experiment(transport, experiment)
        made = self._sdk.start_run(run)
        with suppress(_Failed), made:
            self._log(**logged)
            if fail is not None:
                raise _Failed(fail)
        return str(made.resource_id)

    def _log(
        self,
        *,
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
        series: Sequence[tuple[Mapping[str, float], int | None, float | None]] = (),
        charts: Sequence[str] = (),
        execution: Mapping[str, Any] | None = None,
    ) -> None:
        """`series`: values by metric, step, seconds since 1970; `charts`: their titles."""
        if params:
            self._sdk.log_params(params)
        if metrics:
            self._sdk.log_metrics(metrics)
        for values, step, seconds in series:
            self._sdk.log_time_series_metrics(values, step=step, wall_time=self._moment(seconds))
        for title in charts:
            self._sdk.log_classification_metrics(
                labels=LABELS, matrix=MATRIX, fpr=FPR, tpr=TPR, threshold=THRESHOLD, display_name=title
            )
        if execution is not None:
            self._execute(**execution)

    def _execute(
        self,
        name: str,
        inputs: Sequence[tuple[str, str, str]] = (),
        outputs: Sequence[tuple[str, str, str]] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """An execution with artifacts: schema, display name and URI of each."""
        with self._sdk.start_execution(
            schema_title="system.ContainerExecution", display_name=name, metadata=metadata
        ) as execution:
            for given, assign in (
                (inputs, execution.assign_input_artifacts),
                (outputs, execution.assign_output_artifacts),
            ):
                made = [
                    self._sdk.Artifact.create(schema_title=schema, display_name=display, uri=uri)
                    for schema, display, uri in given
                ]
                if made:
                    assign(made)

    def _moment(self, seconds: float | None) -> Any:
        if seconds is None:
            return None
        moment = self._timestamps.Timestamp()
        moment.FromDatetime(datetime.fromtimestamp(seconds, timezone.utc))
        return moment

    # -- reading

    def read_run(self, transport: str, experiment: str, run: str, *, series: bool = True) -> dict[str, Any]:
        """A run by `ExperimentRun(...)`, with all that it gives."""
        self._init(transport)
        return self._seen(self._sdk.ExperimentRun(run, experiment), series=series)

    def list_runs(self, transport: str, experiment: str, *, series: bool = True) -> list[dict[str, Any]]:
        """The runs of an experiment by `ExperimentRun.list`."""
        self._init(transport)
        return [self._seen(run, series=series) for run in self._sdk.ExperimentRun.list(experiment=experiment)]

    def frame(self, transport: str, experiment: str, *, series: bool = True) -> list[dict[str, Any]]:
        """The rows of `get_experiment_df`, without the cells that are empty in a row."""
        self._init(transport)
        found = self._sdk.get_experiment_df(experiment, include_time_series=series)
        return [_row(row) for row in found.to_dict("records")]

    def experiments(self, transport: str) -> dict[str, Any]:
        """Names of all experiments, and the TensorBoard of each."""
        self._init(transport)
        return {
            one.name: one.backing_tensorboard_resource_name and str(one.backing_tensorboard_resource_name)
            for one in self._sdk.Experiment.list()
        }

    def _seen(self, run: Any, *, series: bool) -> dict[str, Any]:
        seen = {
            "id": run.resource_id,
            "name": run.name,
            "state": run.get_state(),
            "params": run.get_params(),
            "metrics": run.get_metrics(),
            "charts": run.get_classification_metrics(),
            "artifacts": [
                {
                    "id": one.name,
                    "name": one.display_name,
                    "schema": one.schema_title,
                    "uri": one.uri,
                    "metadata": dict(one.metadata),
                }
                for one in run.get_artifacts()
            ],
            "executions": [[one.display_name, one.state.name] for one in run.get_executions()],
        }
        if series:
            frame = run.get_time_series_data_frame()
            seen["series"] = [_row(row) for row in frame.to_dict("records")]
        return seen

    # -- deleting

    def delete_run(self, transport: str, experiment: str, run: str) -> None:
        self._init(transport)
        self._sdk.ExperimentRun(run, experiment).delete(delete_backing_tensorboard_run=True)

    def delete_experiment(self, transport: str, experiment: str) -> None:
        self._init(transport)
        self._sdk.Experiment(experiment).delete(delete_backing_tensorboard_runs=True)

    def _init(self, transport: str, **more: Any) -> None:
        """Project and location are said each time: without them the SDK goes over to REST for good."""
        self._sdk.init(
            project=os.environ["GOOGLE_CLOUD_PROJECT"],
            location=os.environ["GOOGLE_CLOUD_REGION"],
            api_transport=transport,
            **more,
        )


class _Failed(Exception):
    """What a run's block is left with."""


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a data frame: without what it does not have; a NaN that was logged looks the same as that."""
    return {
        key: str(value) if key == "wall_time" else value
        for key, value in row.items()
        if value is not None and not (isinstance(value, float) and math.isnan(value))
    }
