"""The official SDK, unmodified, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracklayer.emulators.proxy import Proxy
from tracklayer.emulators.vertex import LOCATION, PROJECT, VertexEmulator

#: shared/providers/vertex.md, appendix, from `Tensorboard.create` to `Experiment.delete`; and one list more at the end.
CALLS = """
CreateTensorboard GetTensorboard
GetTensorboard GetMetadataStore! CreateMetadataStore GetMetadataStore GetContext! CreateContext GetContext
GetTensorboard UpdateContext
CreateContext GetTensorboard GetArtifact! GetTensorboardExperiment! CreateTensorboardExperiment GetTensorboardExperiment
GetTensorboardRun! CreateTensorboardRun GetTensorboardRun ListTensorboardTimeSeries CreateArtifact
AddContextArtifactsAndExecutions AddContextChildren
UpdateContext UpdateContext
ListTensorboardTimeSeries CreateTensorboardTimeSeries CreateTensorboardTimeSeries WriteTensorboardRunData
WriteTensorboardRunData
ListTensorboardTimeSeries BatchReadTensorboardTimeSeriesData WriteTensorboardRunData WriteTensorboardRunData
GetMetadataStore CreateArtifact GetArtifact AddContextArtifactsAndExecutions
CreateExecution AddContextArtifactsAndExecutions GetMetadataStore CreateArtifact GetMetadataStore CreateArtifact
AddContextArtifactsAndExecutions AddExecutionEvents AddContextArtifactsAndExecutions AddExecutionEvents UpdateExecution
UpdateContext
GetContext ListContexts ListExecutions GetArtifact GetTensorboardRun ListTensorboardTimeSeries
ListTensorboardTimeSeries BatchReadTensorboardTimeSeriesData
GetContext GetContext GetArtifact GetTensorboardRun ListTensorboardTimeSeries
ListTensorboardTimeSeries BatchReadTensorboardTimeSeriesData
ListArtifacts ListArtifacts ListExecutions ListArtifacts
GetContext GetArtifact GetTensorboardRun ListTensorboardTimeSeries UpdateContext UpdateContext
ListContexts
GetContext ListContexts ListExecutions GetArtifact GetTensorboardRun ListTensorboardTimeSeries
DeleteTensorboardRun DeleteArtifact DeleteContext
GetContext ListContexts ListExecutions DeleteContext
ListContexts
"""


@pytest.mark.parametrize("way", ["rest", "grpc-proxy"])
def test_the_sdks_whole_flow_passes(emulator: VertexEmulator, way: str) -> None:
    settings = {"project": PROJECT, "location": LOCATION}
    with Proxy([emulator]) as proxy:
        variables = {**os.environ, **emulator.environment()}
        if way == "rest":
            settings |= {"api_endpoint": emulator.url, "api_transport": "rest"}
            # No other host is to be asked, the one that google-auth asks in the background either: it is led nowhere.
            variables |= {"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}
        else:
            settings |= {"api_transport": "grpc"}
            variables |= proxy.environment()
        script = str(Path(__file__).with_name("sdk_flow.py"))
        arguments = [f"{name}={value}" for name, value in settings.items()]
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", script, *arguments],
            env=variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert proxy.refused == []
    told = json.loads(ran.stdout.rpartition("\n")[2])
    (row,) = told["frame"]
    assert row["param.lr"] == 0.1
    assert (row["metric.accuracy"], row["time_series_metric.loss"], row["state"]) == (0.9, 0.125, "COMPLETE")
    assert told["params"] == {"lr": 0.1, "name": "x", "on": True}
    assert told["series"] == [
        {"step": 1, "loss": 1.0, "accuracy": 0.5},
        {"step": 2, "loss": 0.5, "accuracy": 1.0},
        {"step": 3, "loss": 0.25, "accuracy": "none"},
        {"step": 4, "loss": 0.125, "accuracy": "none"},
    ]
    assert told["matrix"] == [[1.0, 2.0], [3.0, 4.0]]
    assert (told["artifacts"], told["executions"], told["models"]) == (4, 1, 0)
    assert (told["experiments"], told["listed"], told["left"]) == (["exp-a"], ["run-1", "FAILED"], 0)
    calls = [call for call in emulator.calls.all() if call.service == "aiplatform"]
    assert [f"{call.operation}{'!' if call.code else ''}" for call in calls] == CALLS.split()
    assert {call.code for call in calls} == {"", "NOT_FOUND"}
