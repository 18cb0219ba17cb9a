"""A witness: MLflow's own search over runs, one request a line. Started in a process of its own by test_oracle.py."""

# mypy: disable-error-code="no-untyped-call"
# MLflow's own classes have no types.

from __future__ import annotations

import json
import sys
from typing import Any

from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunTag,
)
from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchUtils


def run_of(given: dict[str, Any]) -> Run:
    return Run(
        RunInfo(
            run_id=given["id"],
            experiment_id="0",
            user_id=given["user"],
            status=given["status"].upper(),
            start_time=given["started"],
            end_time=given["ended"],
            lifecycle_stage=LifecycleStage.ACTIVE,
            run_name=given["name"],
        ),
        RunData(
            metrics=[Metric(key, float(value), 0, 0) for key, value in given["metrics"].items()],
            params=[Param(key, value) for key, value in given["params"].items()],
            tags=[RunTag(key, value) for key, value in given["tags"].items()],
        ),
        RunInputs(
            [
                DatasetInput(
                    Dataset(one["name"], one["digest"], "local", "-"),
                    [InputTag("mlflow.data.context", one["context"])] if one["context"] is not None else [],
                )
                for one in given["inputs"]
            ]
        ),
    )


def answer(request: dict[str, Any]) -> dict[str, Any]:
    runs = [run_of(given) for given in request["runs"]]
    try:
        found = SearchUtils.sort(SearchUtils.filter(runs, request["filter"]), request["order_by"])
    except MlflowException as error:
        return {"error": str(error)}
    return {"ids": [run.info.run_id for run in found]}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
