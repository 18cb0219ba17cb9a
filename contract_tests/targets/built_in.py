"""Name -> target. A module is imported when its target is asked for: one target's needs are not another's."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import pytest
from contract_tests.targets.base import Target

BUILT_IN = {
    "memory": "contract_tests.targets.memory:TARGET",
    "memory-like-mlflow": "contract_tests.targets.memory:LIKE_MLFLOW",
    "memory-like-local": "contract_tests.targets.memory:LIKE_LOCAL",
    "lean": "contract_tests.targets.lean:TARGET",
    "tight": "contract_tests.targets.tight:TARGET",
    "local": "contract_tests.targets.local:TARGET",
    "archive": "contract_tests.targets.archive:TARGET",
    "mlflow": "contract_tests.targets.mlflow:TARGET",
    "sagemaker": "contract_tests.targets.sagemaker:TARGET",
    "sagemaker-otherwise": "contract_tests.targets.sagemaker:OTHERWISE",
    "sagemaker-mlflow": "contract_tests.targets.sagemaker_mlflow:TARGET",
    "vertex": "contract_tests.targets.vertex:TARGET",
    "vertex-plain": "contract_tests.targets.vertex:PLAIN",
    "vertex-otherwise": "contract_tests.targets.vertex:OTHERWISE",
    "oci": "contract_tests.targets.oci:TARGET",
    "azureml": "contract_tests.targets.azureml:TARGET",
    "databricks": "contract_tests.targets.databricks:TARGET",
    "memory-like-vertex": "contract_tests.targets.memory:LIKE_VERTEX",
    "memory-like-sagemaker": "contract_tests.targets.memory:LIKE_SAGEMAKER",
}


def chosen(names: Sequence[str]) -> list[Target]:
    """The targets of these names, or `module:ATTRIBUTE`; all built-in ones for none. `pytest.UsageError`."""
    return [_found(name) for name in dict.fromkeys(names or BUILT_IN)]


def _found(name: str) -> Target:
    module, colon, attribute = BUILT_IN.get(name, name).partition(":")
    if not colon:
        known = ", ".join(BUILT_IN)
        raise pytest.UsageError(f"--target {name}: no such target; use one of {known}, or your.module:TARGET")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise pytest.UsageError(f"--target {name}: {error}") from error
    if not isinstance(found, Target):
        kind = type(found).__name__
        raise pytest.UsageError(f"--target {name}: is a {kind}, not a contract_tests.targets.Target")
    return found
