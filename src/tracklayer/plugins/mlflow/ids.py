"""Ids: those of a place, as MLflow takes ids, and back. No table is kept: any process finds the same.

* An id that MLflow takes stays as it is. Any other is spelt by the rule of `tracklayer.spi.naming`.
* An experiment's id that is too long for MLflow, even spelt, becomes a head and a digest: it is found in the list of
  experiments.
* `tlt_TOKEN`: a run that its place had not made yet when it was asked for; its token finds it ever after.
* `m-HEX-RUN`: a model that a run logged: whoever holds its id knows the run, so no index is needed.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from uuid import uuid4

from tracklayer.spi.limits import Bound
from tracklayer.spi.naming import Naming

_SOURCE = "mlflow/utils/validation.py: _RUN_ID_REGEX, _EXPERIMENT_ID_REGEX"
PENDING = "tlt_"
RUN = Naming(
    pattern=r"[a-zA-Z0-9][\w\-]*",
    longest=Bound(most=256, source=_SOURCE, unit="characters"),
    reserved=rf"{PENDING}.*",
    source=_SOURCE,
)
EXPERIMENT = Naming(
    pattern=r"[a-zA-Z0-9][\w\-]*",
    longest=Bound(most=64, source=_SOURCE, unit="characters"),
    reserved="0",
    source=_SOURCE,
)
#: MLflow's id of the experiment `Default`.
DEFAULT = "0"
MARK = re.compile(r"[0-9a-f]{12}")
MODEL = re.compile(rf"m-(?P<mark>{MARK.pattern})-(?P<run>.+)")


class ModelId(NamedTuple):
    """A model's id: `mark` tells it from the others of its run, which is given as MLflow has its id."""

    mark: str
    run: str

    def __str__(self) -> str:
        return f"m-{self.mark}-{self.run}"


def new_model(run: str) -> ModelId:
    """The id of a new model of a run."""
    return ModelId(uuid4().hex[:12], run)


def model(text: str) -> ModelId | None:
    """A model's id, read; None for what is no id of ours."""
    found = MODEL.fullmatch(text)
    return None if found is None else ModelId(found["mark"], found["run"])
