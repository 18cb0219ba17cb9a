"""Deleting: in AWS's order, for good, and no more than what was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from tests.drivers.sagemaker.conftest import fresh_name, new_run

from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import NotFound, Unavailable
from tracklayer.model import Experiment, ExperimentDraft, ExperimentRef, Query, Run, RunRef

Others = Callable[[str], Any]
BUCKET = "sagemaker-us-east-1-123456789012"
CHART = json.dumps({"type": "ROCCurve", "version": 0, "title": "roc"}).encode()


def keys(others: Others, part: str) -> list[str]:
    """What S3 holds whose key has that part."""
    found = others("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [one["Key"] for page in found for one in page.get("Contents", ()) if part in one["Key"]]


def filled(driver: SagemakerDriver, run: Run) -> None:
    driver.put_artifact(run.ref, "roc.json", BytesIO(CHART))
    driver.put_sidecar(run.ref, "b-a", b"x")


@pytest.mark.parametrize("lineage", ["ignored", "refused"])
def test_a_run_is_gone_with_all_that_is_its_own(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, experiment: Experiment, lineage: str
) -> None:
    emulator.tune(lineage_on_delete=lineage)
    run, kept = new_run(driver, experiment), new_run(driver, experiment)
    filled(driver, run)
    others("s3").put_object(Bucket=BUCKET, Key=f"elsewhere-{run.id}", Body=b"theirs")
    others("sagemaker").update_trial_component(
        TrialComponentName=run.id, OutputArtifacts={"theirs": {"Value": f"s3://{BUCKET}/elsewhere-{run.id}"}}
    )
    uri = f"s3://{BUCKET}/trial-component-artifacts/{run.id}/roc.json"
    assert len(others("sagemaker").list_artifacts(SourceUri=uri)["ArtifactSummaries"]) == 1
    driver.delete(run.ref)
    with pytest.raises(NotFound):
        driver.get_run(run.ref)
    with pytest.raises(NotFound):
        driver.delete(run.ref)
    assert keys(others, run.id) == [f"elsewhere-{run.id}"]
    assert others("sagemaker").list_artifacts(SourceUri=uri)["ArtifactSummaries"] == []
    assert driver.list_runs(Query(experiments=(experiment.ref,), page_size=100)).items == (kept,)


def test_a_run_of_others_leaves_them_their_files(
    driver: SagemakerDriver, others: Others, experiment: Experiment
) -> None:
    name = fresh_name()
    folder = f"trial-component-artifacts/{name}"
    others("s3").put_object(Bucket=BUCKET, Key=f"{folder}/a.txt", Body=b"theirs")
    uri = {"a": {"Value": f"s3://{BUCKET}/{folder}/a.txt"}}
    others("sagemaker").create_trial_component(TrialComponentName=name, OutputArtifacts=uri)
    driver.put_sidecar(RunRef(id=name), "b-a", b"ours")
    assert keys(others, name) == [f"{folder}/.tracklayer/b-a", f"{folder}/a.txt"]
    driver.delete(RunRef(id=name))
    assert keys(others, name) == [f"{folder}/a.txt"]
    assert driver.get_experiment(experiment.ref) == experiment


@pytest.mark.parametrize(
    "operation", ["DisassociateTrialComponent", "DeleteAssociation", "DeleteObjects", "DeleteTrialComponent"]
)
def test_a_deletion_that_was_interrupted_is_gone_on_with(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, run: Run, operation: str
) -> None:
    filled(driver, run)
    emulator.fault(Fault(operation, "answer", times=None))
    with pytest.raises(Unavailable):
        driver.delete(run.ref)
    emulator.faults.clear()
    driver.delete(run.ref)
    assert keys(others, run.id) == []
    with pytest.raises(NotFound):
        driver.get_run(run.ref)


def test_an_experiment_goes_with_its_runs_and_trials(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, experiment: Experiment
) -> None:
    emulator.tune(components_per_trial=3)
    runs = [new_run(driver, experiment) for _ in range(7)]
    for run in runs[:2]:
        filled(driver, run)
    driver.put_sidecar(experiment.ref, "v-a", b"x")
    driver.delete(experiment.ref)
    with pytest.raises(NotFound):
        driver.get_experiment(experiment.ref)
    for run in runs:
        with pytest.raises(NotFound):
            driver.get_run(run.ref)
    assert keys(others, experiment.name) == []
    again = driver.create_experiment(ExperimentDraft(name=experiment.name))
    assert driver.get_sidecars(again.ref) == {}
    assert new_run(driver, again).experiment == again.ref


def test_a_run_that_is_in_another_experiment_too_stays_there(
    driver: SagemakerDriver, others: Others, experiment: Experiment, run: Run
) -> None:
    home = driver.create_experiment(ExperimentDraft(name=fresh_name()))
    sagemaker = others("sagemaker")
    sagemaker.create_trial(TrialName=f"{home.name}-t", ExperimentName=home.name)
    sagemaker.associate_trial_component(TrialComponentName=run.id, TrialName=f"{home.name}-t")
    driver.delete(experiment.ref)
    (left,) = driver.list_runs(Query(experiments=(home.ref,), page_size=100)).items
    assert left.id == run.id


def test_what_never_was_is_not_found(driver: SagemakerDriver, emulator: SagemakerEmulator) -> None:
    for owner in (RunRef(id="never-made"), RunRef(id="a/b"), ExperimentRef(id="experiment/never-made")):
        with pytest.raises(NotFound):
            driver.delete(owner)
    assert not [name for name in emulator.calls.counts() if "Delete" in name]
