"""What users hold: frozen values with no behaviour."""

from tracklayer.model.artifact import Artifact, ArtifactPath, checked_path
from tracklayer.model.base import Model
from tracklayer.model.batch import Batch
from tracklayer.model.experiment import Experiment, ExperimentDraft
from tracklayer.model.ids import ExperimentRef, Owner, RunRef
from tracklayer.model.points import Points, canonical
from tracklayer.model.query import Clause, Entity, Operator, Order, Query, View
from tracklayer.model.run import ENDED, Dataset, Origin, Run, RunDraft, Source, Status
from tracklayer.model.summary import MetricSummary
from tracklayer.model.values import ParamValue, same

__all__ = [
    "ENDED",
    "Artifact",
    "ArtifactPath",
    "Batch",
    "Clause",
    "Dataset",
    "Entity",
    "Experiment",
    "ExperimentDraft",
    "ExperimentRef",
    "MetricSummary",
    "Model",
    "Operator",
    "Order",
    "Origin",
    "Owner",
    "ParamValue",
    "Points",
    "Query",
    "Run",
    "RunDraft",
    "RunRef",
    "Source",
    "Status",
    "View",
    "canonical",
    "checked_path",
    "same",
]
