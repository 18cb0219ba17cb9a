"""Databricks: the emulator, a real MLflow server in a workspace, at the workspace's own host name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contract_tests.targets.base import Beyond
from contract_tests.targets.mlflow import MlflowTarget
from contract_tests.targets.staged import StagedTarget


class DatabricksTarget(StagedTarget):
    """`databricks://`, of the environment."""

    effort = (15, 15)
    beyond: Mapping[str, Beyond] = MappingProxyType(
        {
            **{name: kind for name, kind in MlflowTarget.beyond.items() if name != "param_value"},
            "tag_value": "kept",  # 64 KB are documented too, and MLflow's own 8,000 characters hold behind
            "tags_per_experiment": "kept",  # 1,000 are documented, one by one
            "tags_per_run": "kept",  # room is left for the tags of a run's own fields, which this run has few of
        }
    )


TARGET = DatabricksTarget("databricks", "databricks")
