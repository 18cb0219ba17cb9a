"""The laws of a place that is only read: what holds whatever tool has left it."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tracklayer.drivers.mlflow.traits import RUN_FIELDS
from tracklayer.errors import NotFound, Unsupported
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, ExperimentDraft, ExperimentRef, Points, Query, Run, RunDraft, RunRef, canonical
from tracklayer.spi import Driver, Feature, every, open_driver

NOBODY, NOWHERE = RunRef(id="nobody"), ExperimentRef(id="nowhere")
WRITING: tuple[Callable[[Driver], object], ...] = (
    lambda driver: driver.create_experiment(ExperimentDraft(name="new")),
    lambda driver: driver.create_run(NOWHERE, RunDraft(token="t")),
    lambda driver: driver.write(NOBODY, Batch(params={"p": "1"})),
    lambda driver: driver.put_sidecar(NOBODY, "v-1", b"x"),
    lambda driver: driver.put_artifact(NOBODY, "a", io.BytesIO(b"x")),
)
#: Refused by the layers for writing; by the driver itself for a feature of their own.
TURNING: tuple[Callable[[Driver], object], ...] = (
    lambda driver: driver.delete(NOBODY),
    lambda driver: driver.restore(NOBODY),
)


def states(folder: Path) -> Mapping[str, str]:
    """Every file below a folder, with its content's digest and its time."""
    return {
        path.relative_to(
            folder
        ).as_posix(): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read(driver: Driver, folder: Path) -> dict[str, Run]:
    """All runs by id, as the layers give them, with every law of reading tried on the way."""
    before = states(folder)
    whole = stack(driver)
    _refuses(driver, whole)
    _knows_nobody(whole)
    homes = list(every(whole.list_experiments))
    for home in homes:
        assert whole.get_experiment(home.ref) == home
        assert whole.get_experiment(home.name).name == home.name
    again = open_driver(driver.url)
    assert again.url == driver.url
    gone = _deleted_homes(driver, whole)
    refs = tuple(home.ref for home in (*homes, *gone))
    runs = {run.id: run for run in _all(whole, refs, 1_000)}
    for size in (1, 2):
        assert sorted(run.id for run in _all(whole, refs, size)) == sorted(runs), f"each run once, {size} a page"
    active = {run.id for run in every(partial(whole.list_runs, Query(experiments=refs)))}
    assert active == {run.id for run in runs.values() if not run.deleted}
    for run in runs.values():
        assert stack(again).get_run(run.ref) == run, "get equals listed"
        _read_series(whole, run)
        _read_files(whole, run)
    again.close()
    driver.close()
    driver.close()
    assert states(folder) == before, "nothing was written"
    return runs


def points(driver: Driver, run: Run, key: str) -> Points:
    """One series, whole."""
    return canonical(key, list(every(partial(stack(driver).read_points, run.ref, key))))


def rows(series: Any) -> list[tuple[Any, ...]]:
    """Points as they can be compared: each once (MLflow's client writes some twice), NaN as a text."""
    return sorted({tuple("nan" if math.isnan(value) else value for value in row) for row in series}, key=str)


def as_mlflow_says(driver: Driver, run: Run, truth: Mapping[str, Any]) -> None:
    """The run is what MLflow's own client says of it."""
    tags = truth["tags"]
    assert (run.name, run.status, run.deleted) == (truth["name"], truth["status"], truth["deleted"])
    times = [None if time is None else round(time.timestamp() * 1_000) for time in (run.started, run.ended)]
    assert times == [truth["started"], truth["ended"]]
    assert run.params == truth["params"]
    assert run.tags == {key: text for key, text in tags.items() if key not in RUN_FIELDS}
    assert run.user == tags.get("mlflow.user", run.user)
    assert (run.parent.id if run.parent else None) == tags.get("mlflow.parentRunId")
    assert run.description == tags.get("mlflow.note.content")
    assert (run.source.commit if run.source else None) == tags.get("mlflow.source.git.commit")
    assert [[one.name, one.digest, one.context] for one in run.inputs] == [
        [name, digest, given.get("mlflow.data.context")] for name, digest, given in truth["inputs"]
    ]
    assert set(run.metrics) == set(truth["points"])
    for key, wanted in truth["points"].items():
        found = [(step, time // 1_000_000, value) for step, time, value in points(driver, run, key).rows()]
        assert rows(found) == rows(wanted)
    files = {file.path: file.size for file in every(partial(driver.list_artifacts, run.ref))}
    assert truth["files"].items() <= files.items()


def _all(driver: Driver, homes: tuple[ExperimentRef, ...], size: int) -> list[Run]:
    found = list(every(partial(driver.list_runs, Query(experiments=homes, view="all", page_size=size))))
    assert len({run.id for run in found}) == len(found)
    return found


def _deleted_homes(driver: Driver, whole: Driver) -> list[Any]:
    """The experiment of the samples that is deleted, where the tool can delete one."""
    if not driver.traits.provider.startswith("ml"):
        return []
    gone = whole.get_experiment("gone")
    assert gone.deleted
    return [gone]


def _refuses(driver: Driver, whole: Driver) -> None:
    for write in (*WRITING, *TURNING):
        with pytest.raises(Unsupported) as caught:
            write(whole)
        assert (caught.value.provider, caught.value.feature) == (driver.traits.provider, Feature.WRITING.value)
    for write in WRITING:
        with pytest.raises(Unsupported, match="writing"):
            write(driver)
    for turn in TURNING:
        with pytest.raises(Unsupported):
            turn(driver)


def _knows_nobody(driver: Driver) -> None:
    asked: tuple[Callable[[], object], ...] = (
        lambda: driver.get_run(NOBODY),
        lambda: driver.get_run(RunRef(id="../x")),
        lambda: driver.get_experiment(NOWHERE),
        lambda: driver.get_experiment(ExperimentRef(id="..")),
        lambda: driver.get_experiment("no such name"),
        lambda: driver.read_points(NOBODY, "loss"),
        lambda: driver.list_artifacts(NOBODY),
        lambda: driver.open_artifact(NOBODY, "a"),
    )
    for ask in asked:
        with pytest.raises(NotFound):
            ask()


def _read_series(driver: Driver, run: Run) -> None:
    for key, summary in run.metrics.items():
        found = canonical(key, list(every(partial(driver.read_points, run.ref, key))))
        step, time, value = list(found.rows())[-1]
        assert (step, time) == (summary.last_step, summary.last_time)
        assert rows([(value,)]) == rows([(summary.last,)])
    assert [len(part) for part in every(partial(driver.read_points, run.ref, "no such metric")) if len(part)] == []


def _read_files(driver: Driver, run: Run) -> None:
    files = list(every(partial(driver.list_artifacts, run.ref)))
    assert len({file.path for file in files}) == len(files)
    for file in files:
        with driver.open_artifact(run.ref, file.path) as stream:
            assert len(stream.read()) == file.size
    with pytest.raises(NotFound):
        driver.open_artifact(run.ref, "no/such/file")
