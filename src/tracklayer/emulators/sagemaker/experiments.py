"""Experiments and trials: create, describe, update, delete, list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.aws.errors import invalid
from tracklayer.emulators.sagemaker.entities import Experiment, Trial
from tracklayer.emulators.sagemaker.listing import created_within, in_order, page
from tracklayer.emulators.sagemaker.naming import over_quota, taken
from tracklayer.emulators.sagemaker.state import Operation, Region
from tracklayer.emulators.sagemaker.tags import tags_of

TRIALS = "Total number of trials allowed in a single experiment, excluding those automatically created by SageMaker"
EXPERIMENTS = "Total number of experiments allowed, excluding those automatically created by SageMaker"


def create_experiment(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """CreateExperiment."""
    name = asked["ExperimentName"]
    if name.lower() in region.experiments:
        raise taken("Experiment", name, region.knobs.taken)
    most = region.knobs.experiments
    if most is not None and len(region.experiments) >= most:
        raise over_quota(EXPERIMENTS, "Experiments", most)
    experiment = Experiment(
        name,
        region.arn("experiment", name),
        region.kept(region.now()),
        asked.get("DisplayName", ""),
        tags=tags_of(asked),
        description=asked.get("Description"),
    )
    region.add(region.experiments, experiment)
    return {"ExperimentArn": experiment.arn}


def describe_experiment(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeExperiment."""
    return region.experiment(asked["ExperimentName"]).described()


def update_experiment(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """UpdateExperiment: what is not named stays."""
    experiment = region.experiment(asked["ExperimentName"])
    with region.changing(experiment):
        experiment.display = asked.get("DisplayName", experiment.display)
        experiment.description = asked.get("Description", experiment.description)
    return {"ExperimentArn": experiment.arn}


def delete_experiment(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteExperiment: its trials must be gone."""
    experiment = region.experiment(asked["ExperimentName"])
    if experiment.trials:
        raise invalid(f"Experiment {experiment.name} cannot be deleted: it has {len(experiment.trials)} trial(s).")
    region.remove(region.experiments, experiment)
    return {"ExperimentArn": experiment.arn}


def list_experiments(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """ListExperiments."""
    found = [one for one in region.experiments.values() if created_within(asked, one.created)]
    found = in_order(asked, found, lambda one: one.name, lambda one: one.created)
    some, following = page(region, asked, found, lambda one: one.name)
    fields = ("ExperimentArn", "ExperimentName", "DisplayName", "CreationTime", "LastModifiedTime")
    return {"ExperimentSummaries": [_picked(one.described(), fields) for one in some], **following}


def create_trial(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """CreateTrial: of an experiment that is there, and has less than its quota."""
    name = asked["TrialName"]
    experiment = region.experiment(asked["ExperimentName"])
    if name.lower() in region.trials:
        raise taken("Trial", name, region.knobs.taken)
    if len(experiment.trials) >= region.knobs.trials_per_experiment:
        raise over_quota(TRIALS, "Trials", region.knobs.trials_per_experiment)
    trial = Trial(
        name,
        region.arn("experiment-trial", name),
        region.kept(region.now()),
        asked.get("DisplayName", ""),
        tags=tags_of(asked),
        experiment=experiment,
        metadata=asked.get("MetadataProperties", {}),
    )
    experiment.trials[name.lower()] = region.add(region.trials, trial)
    return {"TrialArn": trial.arn}


def describe_trial(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeTrial."""
    return region.trial(asked["TrialName"]).described()


def update_trial(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """UpdateTrial."""
    trial = region.trial(asked["TrialName"])
    with region.changing(trial):
        trial.display = asked.get("DisplayName", trial.display)
    return {"TrialArn": trial.arn}


def delete_trial(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteTrial: its trial components must be disassociated."""
    trial = region.trial(asked["TrialName"])
    if trial.components:
        raise invalid(f"Trial {trial.name} cannot be deleted: it has {len(trial.components)} trial component(s).")
    del trial.experiment.trials[trial.name.lower()]
    region.remove(region.trials, trial)
    return {"TrialArn": trial.arn}


def list_trials(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """ListTrials: of an experiment, or those that a trial component is in."""
    found = list(region.trials.values())
    if "ExperimentName" in asked:
        experiment = region.experiment(asked["ExperimentName"])
        found = [one for one in found if one.experiment is experiment]
    if "TrialComponentName" in asked:
        component = region.component(asked["TrialComponentName"])
        found = [one for one in found if one.name.lower() in component.trials]
    found = [one for one in found if created_within(asked, one.created)]
    found = in_order(asked, found, lambda one: one.name, lambda one: one.created)
    some, following = page(region, asked, found, lambda one: one.name)
    fields = ("TrialArn", "TrialName", "DisplayName", "CreationTime", "LastModifiedTime")
    return {"TrialSummaries": [_picked(one.described(), fields) for one in some], **following}


def _picked(described: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: described[name] for name in fields if name in described}


OPERATIONS: Mapping[str, Operation] = {
    "CreateExperiment": create_experiment,
    "DescribeExperiment": describe_experiment,
    "UpdateExperiment": update_experiment,
    "DeleteExperiment": delete_experiment,
    "ListExperiments": list_experiments,
    "CreateTrial": create_trial,
    "DescribeTrial": describe_trial,
    "UpdateTrial": update_trial,
    "DeleteTrial": delete_trial,
    "ListTrials": list_trials,
}
