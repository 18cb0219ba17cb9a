"""Azure Machine Learning: the emulator, a real MLflow server and Azurite, at Azure's own host names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contract_tests.targets.base import Beyond
from contract_tests.targets.staged import StagedTarget

from tracklayer.emulators.azureml import Knobs


class AzuremlTarget(StagedTarget):
    """`azureml://SUBSCRIPTION/GROUP/WORKSPACE`."""

    effort = (8, 12)
    beyond: Mapping[str, Beyond] = MappingProxyType(
        {
            "param_value": "kept",  # nobody says how long one may be: 500 are safe
            "tags_per_run": "kept",  # room is left for the tags of a run's own fields, which this run has few of
            "tags_per_write": "kept",
            "description": "kept",  # a run's may hold 5,000, by one reading
            "run.longest": "kept",  # 256
            "param.longest": "kept",  # nobody says
            "point_time_unit": "truncated",  # by the driver: the API takes milliseconds
            "run_time_unit": "truncated",
        }
    )


class OtherwiseTarget(AzuremlTarget):
    """Each open question read otherwise: what works under both readings works whatever Azure does.

    But for those where Azure would lack what no client can make up for: files are written again, a run has more than 50
    metrics, and an experiment is empty when its runs are deleted.
    """

    beyond: Mapping[str, Beyond] = MappingProxyType(
        {**AzuremlTarget.beyond, "description": "refused", "runs_per_page": "kept"}
    )

    def __init__(self) -> None:
        knobs = Knobs.otherwise(metric_names=None, overwriting="accepted", deleting_experiments="without active runs")
        super().__init__("azureml-otherwise", "azureml", knobs.model_dump())


TARGET = AzuremlTarget("azureml", "azureml")
OTHERWISE = OtherwiseTarget()
