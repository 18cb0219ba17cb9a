from __future__ import annotations

from typing import Any

from tests.emulators.sagemaker.clients import Aws, code

JOB: dict[str, Any] = {
    "TrainingJobName": "My-Job",
    "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/some-role-of-ours",
    "HyperParameters": {"lr": "0.1", "opt": "adam", "nan": "nan"},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://b/out/"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}


def test_a_training_job_makes_a_component_of_its_own(aws: Aws) -> None:
    aws.tune(components_per_trial=0)
    aws.experiment()
    aws.trial()
    config = {"ExperimentName": "exp", "TrialName": "trial", "TrialComponentDisplayName": "Training"}
    arn = aws.sm.create_training_job(**JOB, ExperimentConfig=config)["TrainingJobArn"]
    assert aws.sm.describe_training_job(TrainingJobName="My-Job")["ExperimentConfig"] == config
    described = aws.described("my-job-aws-training-job")
    assert described["Source"] == {"SourceArn": arn.lower(), "SourceType": "SageMakerTrainingJob"}
    assert described["Sources"] == [described["Source"]]
    assert (described["DisplayName"], described["Status"]["PrimaryStatus"]) == ("Training", "Completed")
    assert described["Parameters"] == {
        "lr": {"NumberValue": 0.1},
        "opt": {"StringValue": "adam"},
        "nan": {"StringValue": "nan"},
        "SageMaker.ImageUri": {"StringValue": "image:1"},
        "SageMaker.InstanceType": {"StringValue": "ml.m5.large"},
        "SageMaker.InstanceCount": {"NumberValue": 2.0},
        "SageMaker.VolumeSizeInGB": {"NumberValue": 30.0},
    }
    assert described["InputArtifacts"] == {"train": {"Value": "s3://b/train", "MediaType": "text/csv"}}
    assert described["OutputArtifacts"] == {
        "SageMaker.ModelArtifact": {"Value": "s3://b/out/My-Job/output/model.tar.gz"}
    }
    assert aws.found(("Parents.TrialName", "Equals", "trial")) == ["my-job-aws-training-job"]
    assert aws.found(("Source.SourceArn", "Contains", "training-job")) == ["my-job-aws-training-job"]
    listed = aws.sm.list_trial_components(SourceArn=described["Source"]["SourceArn"])["TrialComponentSummaries"]
    assert listed[0]["TrialComponentSource"] == described["Source"]


def test_a_job_of_no_experiment_has_a_component_in_no_trial(aws: Aws) -> None:
    aws.sm.create_training_job(**JOB)
    assert aws.found(("Parents", "NotExists", None)) == ["my-job-aws-training-job"]


def test_a_job_of_a_missing_trial_is_refused(aws: Aws) -> None:
    aws.experiment()
    for config in ({"ExperimentName": "none"}, {"ExperimentName": "exp", "TrialName": "none"}):
        assert code(aws.sm.create_training_job, **JOB, ExperimentConfig=config) == "ValidationException"
    assert aws.sm.list_training_jobs()["TrainingJobSummaries"] == []


def test_jobs_are_forgotten_with_the_rest(aws: Aws) -> None:
    arn = aws.sm.create_training_job(**JOB)["TrainingJobArn"]
    aws.sm.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert aws.sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    found = aws.sm.search(Resource="TrainingJob")["Results"]
    assert [one["TrainingJob"]["TrainingJobName"] for one in found] == ["My-Job"]
    aws.emulator.reset()
    assert aws.sm.list_training_jobs()["TrainingJobSummaries"] == []
    assert aws.found() == []
