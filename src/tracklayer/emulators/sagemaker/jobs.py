"""What SageMaker does of its own when a job names an experiment: it makes a trial component and puts it into the trial.

* The job itself is moto's. Its component is as the service's: named after the job, with the job as its Source, its
  hyper-parameters, channels and model. It does not count against a trial's quota.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.aws.errors import invalid
from tracklayer.emulators.sagemaker.entities import Component
from tracklayer.emulators.sagemaker.state import Region

#: Operation -> the job's kind: how its name is asked for, its ARN's, what its component is called, and its SourceType.
#: The names of components: https://github.com/aws/sagemaker-python-sdk/issues/4523
KINDS = {
    "CreateTrainingJob": ("TrainingJobName", "training-job", "aws-training-job", "SageMakerTrainingJob"),
    "CreateProcessingJob": ("ProcessingJobName", "processing-job", "aws-processing-job", "SageMakerProcessingJob"),
    "CreateTransformJob": ("TransformJobName", "transform-job", "aws-transform-job", "SageMakerTransformJob"),
}
RESOURCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB")


def check(region: Region, operation: str, asked: Mapping[str, Any]) -> None:
    """Before the job is made: the experiment and trial it names must be there. Raises `AwsError`."""
    config = asked.get("ExperimentConfig", {}) if operation in KINDS else {}
    for name, place in (("ExperimentName", region.experiments), ("TrialName", region.trials)):
        if name in config and config[name].lower() not in place:
            raise invalid(f"{name} '{config[name]}' of ExperimentConfig does not exist.")


def made(region: Region, operation: str, asked: Mapping[str, Any]) -> None:
    """After the job is made: its component, in the trial it names."""
    if operation not in KINDS:
        return
    field, kind, ending, source = KINDS[operation]
    job, config = asked[field], asked.get("ExperimentConfig", {})
    name = f"{job}-{ending}".lower()
    now = region.kept(region.now())
    component = Component(
        name,
        region.arn("experiment-trial-component", name),
        now,
        config.get("TrialComponentDisplayName", ""),
        status={"PrimaryStatus": "Completed", "Message": "Status: Completed, secondary status: Completed"},
        start=now,
        end=now,
        parameters=_parameters(asked),
        inputs=_inputs(asked),
        outputs=_outputs(asked, job),
        source={"SourceArn": region.arn(kind, job), "SourceType": source},
    )
    region.add(region.components, component)
    trial = region.trials.get(config.get("TrialName", "").lower())
    if trial is not None:
        with region.changing(component, trial, touch=False):
            component.trials[trial.name.lower()] = trial
            trial.components[name] = component


def _parameters(asked: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = {name: _value(value) for name, value in asked.get("HyperParameters", asked.get("Environment", {})).items()}
    image = asked.get("AlgorithmSpecification", {}).get("TrainingImage")
    if image is not None:
        found["SageMaker.ImageUri"] = {"StringValue": image}
    processing = asked.get("ProcessingResources", {}).get("ClusterConfig", {})
    resources = asked.get("ResourceConfig", asked.get("TransformResources", processing))
    return found | {f"SageMaker.{name}": _value(resources[name]) for name in RESOURCES if name in resources}


def _value(value: Any) -> dict[str, Any]:
    """A number where the text is one, as the service has it."""
    try:
        number = float(value)
    except ValueError:
        return {"StringValue": str(value)}
    return {"NumberValue": number} if math.isfinite(number) else {"StringValue": str(value)}


def _inputs(asked: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    channels = {one["ChannelName"]: one for one in asked.get("InputDataConfig", [])}
    found = {}
    for name, channel in channels.items():
        uri = channel.get("DataSource", {}).get("S3DataSource", {}).get("S3Uri")
        if uri is not None:
            media = {"MediaType": channel["ContentType"]} if "ContentType" in channel else {}
            found[name] = {"Value": uri, **media}
    for one in asked.get("ProcessingInputs", []):
        if "S3Input" in one:
            found[one["InputName"]] = {"Value": one["S3Input"]["S3Uri"]}
    return found


def _outputs(asked: Mapping[str, Any], job: str) -> dict[str, dict[str, str]]:
    path = asked.get("OutputDataConfig", {}).get("S3OutputPath")
    found = (
        {} if path is None else {"SageMaker.ModelArtifact": {"Value": f"{path.rstrip('/')}/{job}/output/model.tar.gz"}}
    )
    for one in asked.get("ProcessingOutputConfig", {}).get("Outputs", []):
        if "S3Output" in one:
            found[one["OutputName"]] = {"Value": one["S3Output"]["S3Uri"]}
    return found
