"""Trial components: create, describe, update by merging, associate with trials, delete, list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.aws.errors import invalid
from tracklayer.emulators.sagemaker.entities import Component
from tracklayer.emulators.sagemaker.lineage import forget_edges
from tracklayer.emulators.sagemaker.listing import created_within, in_order, page
from tracklayer.emulators.sagemaker.naming import over_quota, taken
from tracklayer.emulators.sagemaker.state import Operation, Region
from tracklayer.emulators.sagemaker.tags import tags_of

COMPONENTS = (
    "Total number of trial components allowed in a single trial, excluding those automatically created by SageMaker"
)
#: Entries of a trial component's maps, also after a merge: its shapes' `max` in service-2.json.
MOST = {"parameters": 300, "inputs": 60, "outputs": 60}
FIELDS = {"parameters": "Parameters", "inputs": "InputArtifacts", "outputs": "OutputArtifacts"}


def create_component(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """CreateTrialComponent."""
    name = asked["TrialComponentName"]
    if name.lower() in region.components:
        raise taken("Trial component", name, region.knobs.taken)
    component = Component(
        name,
        region.arn("experiment-trial-component", name),
        region.kept(region.now()),
        asked.get("DisplayName", ""),
        tags=tags_of(asked),
        metadata=asked.get("MetadataProperties", {}),
        **_merged(region, None, asked),
    )
    region.add(region.components, component)
    if region.knobs.deleted_series == "gone":
        region.series.pop(component.arn, None)
    return {"TrialComponentArn": component.arn}


def describe_component(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeTrialComponent, by name or ARN."""
    component = region.component(asked["TrialComponentName"])
    return component.described() | {"Metrics": region.summaries(component)}


def update_component(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """UpdateTrialComponent: maps are merged, then what is to be removed goes; all else that is named is replaced."""
    component = region.component(asked["TrialComponentName"])
    changed = _merged(region, component, asked)
    with region.changing(component):
        component.display = asked.get("DisplayName", component.display)
        for name, value in changed.items():
            setattr(component, name, value)
    return {"TrialComponentArn": component.arn}


def delete_component(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteTrialComponent: it must be in no trial any more."""
    component = region.component(asked["TrialComponentName"])
    if component.trials:
        named = ", ".join(trial.name for trial in component.trials.values())
        raise invalid(
            f"Trial component {component.name} cannot be deleted: it is associated with {named}. Disassociate it first."
        )
    forget_edges(region, component)
    region.remove(region.components, component)
    if region.knobs.deleted_series == "gone":
        region.series.pop(component.arn, None)
    return {"TrialComponentArn": component.arn}


def associate(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """AssociateTrialComponent: with as many trials as one likes; a trial has its quota."""
    component, trial = region.component(asked["TrialComponentName"]), region.trial(asked["TrialName"])
    there = component.name.lower() in trial.components
    if not (there and region.knobs.reassociating == "ignored"):
        held = sum(not one.source for one in trial.components.values())
        if held >= region.knobs.components_per_trial:
            raise over_quota(COMPONENTS, "Trial Components", region.knobs.components_per_trial)
    if not there:
        with region.changing(component, trial, touch=False):
            component.trials[trial.name.lower()] = trial
            trial.components[component.name.lower()] = component
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def disassociate(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DisassociateTrialComponent."""
    component, trial = region.component(asked["TrialComponentName"]), region.trial(asked["TrialName"])
    if component.name.lower() not in trial.components:
        raise invalid(f"Trial component {component.name} is not associated with trial {trial.name}.")
    with region.changing(component, trial, touch=False):
        del component.trials[trial.name.lower()]
        del trial.components[component.name.lower()]
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def list_components(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """ListTrialComponents: by one of experiment, trial and source, or all."""
    if sum(name in asked for name in ("ExperimentName", "TrialName", "SourceArn")) > 1:
        raise invalid("Only one of ExperimentName, TrialName and SourceArn can be specified.")
    found = list(region.components.values())
    if "TrialName" in asked:
        found = list(region.trial(asked["TrialName"]).components.values())
    elif "ExperimentName" in asked:
        experiment = region.experiment(asked["ExperimentName"])
        found = [one for one in found if any(trial.experiment is experiment for trial in one.trials.values())]
    elif "SourceArn" in asked:
        found = [one for one in found if one.source.get("SourceArn") == asked["SourceArn"]]
    found = [one for one in found if created_within(asked, one.created)]
    found = in_order(asked, found, lambda one: one.name, lambda one: one.created)
    some, following = page(region, asked, found, lambda one: one.name)
    return {"TrialComponentSummaries": [one.summary() for one in some], **following}


def _merged(region: Region, component: Component | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a component after a request, checked before anything is changed."""
    for name, value in asked.get("Parameters", {}).items():
        if len(value.keys() & {"StringValue", "NumberValue"}) != 1:
            raise invalid(f"Parameter '{name}' must have exactly one of StringValue and NumberValue.")
        if abs(value.get("NumberValue", 0)) == float("inf") or value.get("NumberValue", 0) != value.get(
            "NumberValue", 0
        ):
            raise invalid(f"Parameter '{name}' must be a finite number.")
    changed: dict[str, Any] = {}
    for field, wire in FIELDS.items():
        merged = {**({} if component is None else getattr(component, field)), **asked.get(wire, {})}
        for key in asked.get(f"{wire}ToRemove", []):
            merged.pop(key, None)
        if len(merged) > MOST[field]:
            raise invalid(
                f"1 validation error detected: Value at '{wire[:1].lower() + wire[1:]}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MOST[field]}: merged it would be {len(merged)}"
            )
        changed[field] = merged
    if "Status" in asked:
        changed["status"] = asked["Status"]
    for field, wire in (("start", "StartTime"), ("end", "EndTime")):
        if wire in asked:
            changed[field] = region.kept(asked[wire])
    return changed


OPERATIONS: Mapping[str, Operation] = {
    "CreateTrialComponent": create_component,
    "DescribeTrialComponent": describe_component,
    "UpdateTrialComponent": update_component,
    "DeleteTrialComponent": delete_component,
    "AssociateTrialComponent": associate,
    "DisassociateTrialComponent": disassociate,
    "ListTrialComponents": list_components,
}
