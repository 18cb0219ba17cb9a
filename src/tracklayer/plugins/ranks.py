"""Which process of a launch logs, for frameworks that do not say it themselves: the first."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from tracklayer.api.ranks import rank

#: https://keras.io/api/distribution/distribution_utils/#initialize-function
KERAS = "KERAS_DISTRIBUTION_PROCESS_ID"
#: https://www.tensorflow.org/guide/distributed_training#setting_up_the_tf_config_environment_variable
TENSORFLOW = "TF_CONFIG"


def first(environ: Mapping[str, str] | None = None) -> bool:
    """Is this process alone, or the first of its launch? As torchrun, MPI, Slurm, Keras and TensorFlow tell it."""
    given = os.environ if environ is None else environ
    found = rank(given)
    if found is not None:
        return found.number == 0
    if given.get(KERAS, "").isdecimal():
        return int(given[KERAS]) == 0
    return _chief(given.get(TENSORFLOW, ""))


def _chief(text: str) -> bool:
    """Is the task of TF_CONFIG the chief, or the first worker where there is none?"""
    try:
        config = json.loads(text or "{}")
        task, cluster = config.get("task") or {}, config.get("cluster") or {}
        kind, index = task.get("type"), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError):
        return True
    return kind in {None, "chief", "master"} or (kind == "worker" and index == 0 and "chief" not in cluster)
