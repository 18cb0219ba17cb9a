"""Trial components that no `Run` made: those of `smexperiments`, of training jobs and of Pipelines."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from contract_tests.witnesses.cloud import ACCOUNT, REGION, Cloud
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl

STARTED = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=2)
ENDED = STARTED + timedelta(minutes=30)
BUCKET = f"sagemaker-{REGION}-{ACCOUNT}"
TABLE = {"type": "Table", "version": 0, "title": "table", "fields": [{"name": "a", "type": "number"}], "data": [[1.0]]}


@pytest.fixture
def sagemaker(aws: Cloud) -> Any:
    return aws.client("sagemaker")


@pytest.fixture
def trial(sagemaker: Any, experiment: str) -> str:
    """A trial that a user named, as `smexperiments` makes them."""
    sagemaker.create_experiment(ExperimentName=experiment, Description="what for")
    sagemaker.create_trial(TrialName=f"{experiment}-trial", ExperimentName=experiment)
    return f"{experiment}-trial"


def component(sagemaker: Any, trial: str, name: str, **fields: Any) -> str:
    """A component in a trial; gives its ARN."""
    made: str = sagemaker.create_trial_component(TrialComponentName=name, **fields)["TrialComponentArn"]
    sagemaker.associate_trial_component(TrialComponentName=name, TrialName=trial)
    return made


def test_runs_of_smexperiments(aws: Cloud, client: tl.Client, sagemaker: Any, trial: str, experiment: str) -> None:
    name = f"TrialComponent-{experiment}"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    key = f"trial-component-artifacts/{name}/table.json"
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(TABLE).encode())
    arn = component(
        sagemaker,
        trial,
        name,
        DisplayName="Training",
        StartTime=STARTED,
        EndTime=ENDED,
        Status={"PrimaryStatus": "Completed", "Message": "done"},
        Parameters={"lr": {"NumberValue": 0.5}, "kind": {"StringValue": "cnn"}},
        InputArtifacts={"data": {"Value": "s3://elsewhere/data", "MediaType": "text/csv"}},
        OutputArtifacts={"model": {"Value": "s3://elsewhere/model.tar.gz"}},
        MetadataProperties={"CommitId": "c0ffee", "Repository": "https://git.example/x"},
        Tags=[{"Key": "team", "Value": "vision"}],
    )
    chart = sagemaker.create_artifact(
        ArtifactName="table", ArtifactType="Table", Source={"SourceUri": f"s3://{BUCKET}/{key}"}
    )["ArtifactArn"]
    sagemaker.add_association(SourceArn=arn, DestinationArn=chart, AssociationType="Produced")
    (run,) = client.runs(experiment)
    assert (run.id.lower(), run.name, run.status) == (name.lower(), "Training", "finished")
    assert (run.started, run.ended) == (STARTED, ENDED)
    assert run.params == {"lr": 0.5, "kind": "cnn"}
    assert run.tags.items() >= {"team": "vision", "sagemaker.status_message": "done"}.items()
    assert run.source is not None
    assert (run.source.commit, run.source.remote) == ("c0ffee", "https://git.example/x")
    assert [one.source for one in run.inputs] == ["s3://elsewhere/data"]
    assert client.experiment(experiment).description == "what for"
    (table,) = (file.path for file in client.artifacts(run) if "table" in file.path)
    with client.open_artifact(run, table) as stream:
        assert json.loads(stream.read()) == TABLE


def test_a_component_that_says_next_to_nothing(client: tl.Client, sagemaker: Any, trial: str, experiment: str) -> None:
    component(sagemaker, trial, f"bare-{experiment}")
    (run,) = client.runs(experiment)
    assert (run.params, run.metrics, run.ended) == ({}, {}, None)
    assert client.run(run.id) == run
    assert list(client.artifacts(run)) == []


def test_a_component_of_two_experiments_is_found_in_both(
    client: tl.Client, sagemaker: Any, trial: str, experiment: str
) -> None:
    other = f"{experiment}-2"
    sagemaker.create_experiment(ExperimentName=other)
    sagemaker.create_trial(TrialName=f"{other}-trial", ExperimentName=other)
    component(sagemaker, trial, f"both-{experiment}", Parameters={"a": {"NumberValue": 1.0}})
    sagemaker.associate_trial_component(TrialComponentName=f"both-{experiment}", TrialName=f"{other}-trial")
    for name in (experiment, other):
        assert [run.id for run in client.runs(name)] == [f"both-{experiment}"]


@pytest.fixture
def job(sagemaker: Any, trial: str, experiment: str) -> dict[str, str]:
    """A training job of the experiment, which SageMaker makes a component of its own for."""
    name = f"job-{experiment}"
    made = sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": "x:1", "TrainingInputMode": "File"},
        HyperParameters={"epochs": "3", "optimizer": "adam"},
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Training",
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://elsewhere/train"}},
            }
        ],
        OutputDataConfig={"S3OutputPath": "s3://elsewhere/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        ExperimentConfig={"ExperimentName": experiment, "TrialName": trial},
    )  # fmt: skip
    return {"name": name, "arn": made["TrainingJobArn"]}


def test_the_component_of_a_training_job(client: tl.Client, job: dict[str, str], experiment: str) -> None:
    (run,) = client.runs(experiment)
    assert run.id == f"{job['name']}-aws-training-job"
    assert run.tags["sagemaker.source_arn"] == job["arn"]
    assert run.tags["sagemaker.source_type"] == "SageMakerTrainingJob"
    assert run.params.items() >= {"epochs": 3.0, "optimizer": "adam"}.items()
    assert client.run(run.id) == run


def test_a_run_that_a_job_goes_on_with(client: tl.Client, sagemaker: Any, sdk: Sdk, experiment: str) -> None:
    made = sdk.ask("write_run", experiment=experiment, run="one", params={"outside": 1})
    name = f"job-{experiment}"
    started = sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingInputMode": "File"},
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Training",
        OutputDataConfig={"S3OutputPath": "s3://elsewhere/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        ExperimentConfig={"ExperimentName": experiment, "TrialName": made["trial"], "RunName": made["component"]},
    )
    inside = sdk.ask(
        "go_on_in_a_job", job=started["TrainingJobArn"], params={"inside": 2}, points=[["m", 1.0, 0, None]]
    )
    assert inside["component"] == made["component"]
    run = client.run(made["component"])
    assert run.params == {"outside": 1.0, "inside": 2.0}
    assert run.metrics["m"].count == 1
    ids = {found.id for found in client.runs(experiment)}
    assert ids == {made["component"], f"{name}-aws-training-job"}
