"""Gate: a feature that is not offered is refused with its reason, and nothing reaches the driver."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from tracklayer.drivers.memory.driver import MemoryDriver
from tracklayer.drivers.memory.traits import MEMORY
from tracklayer.errors import Unsupported
from tracklayer.layers.gate import Gate
from tracklayer.model import (
    Batch,
    Dataset,
    ExperimentDraft,
    ExperimentRef,
    Points,
    RunDraft,
    RunRef,
    Source,
)
from tracklayer.spi import Driver, Feature, Wrapper, never

RUN, EXPERIMENT = RunRef(id="r"), ExperimentRef(id="e")
MOMENT = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Silent(Wrapper):
    """A driver that must not be called."""

    def around(self, operation: str, on: str, call: Callable[[], Any]) -> Any:
        del on, call
        message = f"{operation} reached the driver"
        raise AssertionError(message)


def lacking(feature: Feature) -> Driver:
    claims = {**MEMORY.claims, feature: never("not in this world")}
    return Gate(Silent(MemoryDriver(MEMORY.model_copy(update={"claims": claims}))))


def write(**fields: Any) -> Callable[[Driver], object]:
    return lambda driver: driver.write(RUN, Batch(**fields))


def create(**fields: Any) -> Callable[[Driver], object]:
    return lambda driver: driver.create_run(EXPERIMENT, RunDraft(token="t", **fields))


def points(step: int, value: float) -> tuple[Points, ...]:
    return (Points.of("loss", [(0, 0, 0.0), (step, 0, value)]),)


CALLS: list[tuple[Feature, Callable[[Driver], object]]] = [
    (Feature.WRITING, lambda driver: driver.create_experiment(ExperimentDraft(name="e"))),
    (Feature.WRITING, create()),
    (Feature.WRITING, write()),
    (Feature.WRITING, lambda driver: driver.put_sidecar(RUN, "v-1", b"")),
    (Feature.WRITING, lambda driver: driver.put_artifact(RUN, "a", io.BytesIO())),
    (Feature.WRITING, lambda driver: driver.delete(RUN)),
    (Feature.WRITING, lambda driver: driver.restore(RUN)),
    (Feature.DELETE, lambda driver: driver.delete(RUN)),
    (Feature.RESTORE, lambda driver: driver.restore(RUN)),
    (Feature.ARTIFACTS, lambda driver: driver.put_artifact(RUN, "a", io.BytesIO())),
    (Feature.ARTIFACTS, lambda driver: driver.open_artifact(RUN, "a")),
    (Feature.ARTIFACTS, lambda driver: driver.list_artifacts(RUN)),
    (Feature.METRIC_HISTORY, lambda driver: driver.read_points(RUN, "loss")),
    (Feature.NESTED_RUNS, create(parent=RUN)),
    (Feature.DESCRIPTION, create(description="x")),
    (Feature.DESCRIPTION, write(description="x")),
    (Feature.DESCRIPTION, lambda driver: driver.create_experiment(ExperimentDraft(name="e", description="x"))),
    (Feature.PROVENANCE, create(user="ada")),
    (Feature.PROVENANCE, create(source=Source(commit="c0ffee"))),
    (Feature.BACKDATING, create(started=MOMENT)),
    (Feature.BACKDATING, write(ended=MOMENT)),
    (Feature.EMPTY_VALUES, create(tags={"a": ""})),
    (Feature.EMPTY_VALUES, write(tags={"a": ""})),
    (Feature.EMPTY_VALUES, write(params={"a": ""})),
    (Feature.EMPTY_VALUES, lambda driver: driver.create_experiment(ExperimentDraft(name="e", tags={"a": ""}))),
    (Feature.PARAM_OVERWRITE, write(params={"a": 1}, overwrite=True)),
    (Feature.TYPED_PARAMS, write(params={"a": 1})),
    (Feature.RESUME, write(status="running")),
    (Feature.DATASETS, write(inputs=(Dataset(name="d", digest="1"),))),
    (Feature.METRIC_NAN, write(points=points(1, math.nan))),
    (Feature.METRIC_INFINITY, write(points=points(1, -math.inf))),
    (Feature.METRIC_NEGATIVE_STEP, write(points=points(-1, 0.0))),
]


@pytest.mark.parametrize(("feature", "call"), CALLS)
def test_what_is_not_offered_is_refused_before_a_call(feature: Feature, call: Callable[[Driver], object]) -> None:
    with pytest.raises(Unsupported) as caught:
        call(lacking(feature))
    assert (caught.value.provider, caught.value.feature, caught.value.why) == (
        "memory",
        feature.value,
        "not in this world",
    )


@pytest.mark.parametrize(("feature", "call"), CALLS)
def test_what_is_offered_passes(feature: Feature, call: Callable[[Driver], object]) -> None:
    del feature
    with pytest.raises(AssertionError, match="reached the driver"):
        call(Gate(Silent(MemoryDriver())))
