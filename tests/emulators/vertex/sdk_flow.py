"""The flow of shared/providers/vertex.md's appendix, by the official SDK: run as a script, by `test_flow.py`.

* Arguments: a name for the way, then `key=value` for `aiplatform.init`.
* Prints what it read, as one line of JSON.
"""

from __future__ import annotations

import json
import logging
import sys
from importlib import import_module
from typing import Any


def main(settings: dict[str, str]) -> dict[str, Any]:
    aiplatform: Any = import_module("google.cloud.aiplatform")

    logging.disable(logging.INFO)
    told: dict[str, Any] = {}
    aiplatform.init(**settings)
    board = aiplatform.Tensorboard.create(display_name="board")
    # With no project, a second `init` would go over to REST for good.
    aiplatform.init(
        **settings, experiment="exp-a", experiment_tensorboard=board.resource_name, experiment_description="d"
    )
    aiplatform.start_run("run-1")
    aiplatform.log_params({"lr": 0.1, "name": "x", "on": True})
    aiplatform.log_metrics({"accuracy": 0.9})
    for step in (1, 2):
        aiplatform.log_time_series_metrics({"loss": 1 / step, "accuracy": step / 2}, step=step)
    for value in (0.25, 0.125):
        aiplatform.log_time_series_metrics({"loss": value})
    aiplatform.log_classification_metrics(
        labels=["a", "b"], matrix=[[1, 2], [3, 4]], fpr=[0.0, 1.0], tpr=[0.0, 1.0], threshold=[1.0, 0.0]
    )
    with aiplatform.start_execution(schema_title="system.ContainerExecution", display_name="execution") as execution:
        given = aiplatform.Artifact.create(schema_title="system.Dataset", uri="gs://b/in")
        made = aiplatform.Artifact.create(schema_title="system.Model", uri="gs://b/out")
        execution.assign_input_artifacts([given])
        execution.assign_output_artifacts([made])
    aiplatform.end_run()
    told["frame"] = aiplatform.get_experiment_df("exp-a").to_dict("records")
    run = aiplatform.ExperimentRun("run-1", "exp-a")
    told["params"], told["metrics"], told["state"] = run.get_params(), run.get_metrics(), run.get_state()
    told["series"] = run.get_time_series_data_frame().drop(columns="wall_time").fillna("none").to_dict("records")
    told["matrix"] = run.get_classification_metrics()[0]["matrix"]
    told["artifacts"], told["executions"] = len(run.get_artifacts()), len(run.get_executions())
    told["models"] = len(run.get_experiment_models())
    aiplatform.start_run("run-1", resume=True)
    aiplatform.end_run(state=aiplatform.gapic.Execution.State.FAILED)
    told["experiments"] = [one.name for one in aiplatform.Experiment.list()]
    (found,) = aiplatform.ExperimentRun.list(experiment="exp-a")
    told["listed"] = [found.name, found.get_state()]
    found.delete(delete_backing_tensorboard_run=True)
    aiplatform.Experiment("exp-a").delete(delete_backing_tensorboard_runs=True)
    told["left"] = len(aiplatform.Experiment.list())
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(dict(one.split("=", 1) for one in sys.argv[1:]))))
