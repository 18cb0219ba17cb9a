"""What the emulator keeps: experiments, trials, trial components, lineage artifacts and associations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Entity:
    """What all of them have. Times are seconds since 1970, as exact as the knob `time_kept` says."""

    name: str
    arn: str
    created: float
    display: str = ""
    modified: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)
    deleted: bool = False

    #: As Search names the kind; empty for what it does not know.
    resource = ""

    def __post_init__(self) -> None:
        self.display = self.display or self.name
        self.modified = self.created

    def described(self) -> dict[str, Any]:
        """As Describe answers; what is not set is left out."""
        raise NotImplementedError

    def record(self) -> dict[str, Any]:
        """As Search answers, apart from metrics."""
        return self.described() | ({"Tags": tag_list(self.tags)} if self.tags else {})

    def times(self) -> dict[str, Any]:
        """When and by whom it was made and changed."""
        return {
            "CreationTime": self.created,
            "CreatedBy": USER,
            "LastModifiedTime": self.modified,
            "LastModifiedBy": USER,
        }


#: Who does everything here.
USER = {"IamIdentity": {"Arn": "arn:aws:iam::123456789012:user/emulator", "PrincipalId": "AIDAEMULATOR000000000"}}


@dataclass(eq=False)
class Experiment(Entity):
    """An experiment. `trials`: by their names in lower case."""

    description: str | None = None
    trials: dict[str, Trial] = field(default_factory=dict)
    resource = "Experiment"

    def described(self) -> dict[str, Any]:
        """As DescribeExperiment answers."""
        return (
            {"ExperimentName": self.name, "ExperimentArn": self.arn, "DisplayName": self.display}
            | self.times()
            | ({} if self.description is None else {"Description": self.description})
        )


@dataclass(eq=False)
class Trial(Entity):
    """A trial. `components`: by their names in lower case."""

    experiment: Experiment = None  # type: ignore[assignment] # always given
    metadata: Mapping[str, str] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    resource = "ExperimentTrial"

    def described(self) -> dict[str, Any]:
        """As DescribeTrial answers."""
        found = {
            "TrialName": self.name,
            "TrialArn": self.arn,
            "DisplayName": self.display,
            "ExperimentName": self.experiment.name,
        } | self.times()
        return found | ({"MetadataProperties": dict(self.metadata)} if self.metadata else {})

    def record(self) -> dict[str, Any]:
        """As Search answers."""
        return super().record() | {
            "TrialComponentSummaries": [
                {
                    "TrialComponentName": component.name,
                    "TrialComponentArn": component.arn,
                    "CreationTime": component.created,
                    "CreatedBy": USER,
                }
                | ({"TrialComponentSource": dict(component.source)} if component.source else {})
                for component in self.components.values()
            ]
        }


@dataclass(eq=False)
class Component(Entity):
    """A trial component. The maps are as they came. `source`: of those that jobs make."""

    status: Mapping[str, str] | None = None
    start: float | None = None
    end: float | None = None
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    resource = "ExperimentTrialComponent"

    def summary(self) -> dict[str, Any]:
        """As ListTrialComponents answers."""
        found = {
            "TrialComponentName": self.name,
            "TrialComponentArn": self.arn,
            "DisplayName": self.display,
            "Status": self.status and dict(self.status),
            "StartTime": self.start,
            "EndTime": self.end,
        } | self.times()
        if self.source:
            found["TrialComponentSource"] = dict(self.source)
        return {name: value for name, value in found.items() if value is not None}

    def described(self) -> dict[str, Any]:
        """As DescribeTrialComponent answers, apart from metrics."""
        found = self.summary()
        if self.source:
            found["Source"] = found.pop("TrialComponentSource")
            found["Sources"] = [dict(self.source)]
        maps = {"Parameters": self.parameters, "InputArtifacts": self.inputs, "OutputArtifacts": self.outputs}
        found |= {name: {key: dict(value) for key, value in held.items()} for name, held in maps.items()}
        return found | ({"MetadataProperties": dict(self.metadata)} if self.metadata else {})

    def record(self) -> dict[str, Any]:
        """As Search answers, apart from metrics."""
        found = super().record()
        found.pop("Sources", None)
        parents = [{"TrialName": trial.name, "ExperimentName": trial.experiment.name} for trial in self.trials.values()]
        if parents:
            found["Parents"] = parents
        if self.source:
            found["SourceDetail"] = {"SourceArn": self.source["SourceArn"]}
        return found


@dataclass(eq=False)
class Artifact(Entity):
    """A lineage artifact. `name` may be empty."""

    source: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """As ListArtifacts answers."""
        found: dict[str, Any] = {"ArtifactArn": self.arn, "Source": dict(self.source), "ArtifactType": self.kind}
        found |= {"CreationTime": self.created, "LastModifiedTime": self.modified}
        return found | ({"ArtifactName": self.name} if self.name else {})

    def described(self) -> dict[str, Any]:
        """As DescribeArtifact answers."""
        found = self.summary() | self.times() | {"Properties": dict(self.properties)}
        return found | ({"MetadataProperties": dict(self.metadata)} if self.metadata else {})


@dataclass(frozen=True)
class Association:
    """An edge of the lineage. `kind`: Produced, ContributedTo, ..."""

    source: Entity
    destination: Entity
    kind: str | None
    created: float


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS has them on the wire."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
