"""Trace: one record a native call, and no value in it."""

from __future__ import annotations

import logging

import pytest

from tracklayer.drivers.memory.driver import MemoryDriver
from tracklayer.errors import NotFound
from tracklayer.layers.stack import stack
from tracklayer.layers.trace import Trace
from tracklayer.model import Batch, ExperimentDraft, RunDraft, RunRef

SECRET = "hunter2"


def test_each_call_is_one_record_without_values(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tracklayer.trace")
    driver = Trace(MemoryDriver())
    experiment = driver.create_experiment(ExperimentDraft(name=SECRET, tags={"t": SECRET}))
    run = driver.create_run(experiment.ref, RunDraft(token=SECRET, tags={"t": SECRET}))
    driver.write(run.ref, Batch(params={"password": SECRET}, tags={SECRET: SECRET}))
    with pytest.raises(NotFound):
        driver.get_run(RunRef(id="none"))
    said = [record.getMessage() for record in caplog.records]
    assert [line.split()[1] for line in said] == ["create_experiment", "create_run", "write", "get_run"]
    assert said[2].startswith(f"memory write {run.id}: ok in ")
    assert "NotFound" in said[3]
    assert SECRET not in "".join(said)


def test_nothing_is_recorded_unless_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tracklayer.trace")
    driver = stack(MemoryDriver())
    driver.create_experiment(ExperimentDraft(name="e"))
    assert caplog.records == []
