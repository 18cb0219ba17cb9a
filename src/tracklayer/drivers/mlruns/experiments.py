"""The experiments of an `mlruns` folder: a folder each, the deleted ones below `.trash`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracklayer.drivers.mlflow import wire
from tracklayer.drivers.mlflow.shapes import ExperimentInfo
from tracklayer.drivers.mlruns.meta import ID, META, Damaged, folders, number, record, text
from tracklayer.drivers.mlruns.runs import texts
from tracklayer.model import Experiment

TRASH = ".trash"


def ids(root: Path) -> list[str]:
    """The ids of the experiments in a folder, in order. Other folders lie there too, those of files say."""
    return [name for name in folders(root) if (root / name / META).is_file()]


def everywhere(root: Path) -> Iterator[Path]:
    """The folder of each experiment, the deleted ones last."""
    for place in (root, root / TRASH):
        yield from (place / name for name in ids(place))


def folder_of(root: Path, experiment: str) -> Path | None:
    """The folder of the experiment of that id."""
    if ID.fullmatch(experiment) is None:
        return None
    places = (place / experiment for place in (root, root / TRASH))
    return next((place for place in places if (place / META).is_file() and not place.is_symlink()), None)


def info(folder: Path) -> tuple[ExperimentInfo, dict[str, str]]:
    """The record of the experiment in a folder, and what of it is not exact. Its id is the folder's name."""
    approximate: dict[str, str] = {}
    try:
        found = record(folder)
    except Damaged as error:
        found, approximate = {}, {"name": str(error), "created": str(error)}
    deleted = folder.parent.name == TRASH
    return ExperimentInfo(
        experiment_id=folder.name,
        name=text(found, "name") or folder.name,
        artifact_location=text(found, "artifact_location") or folder.as_uri(),
        lifecycle_stage="deleted" if deleted else "active",
        creation_time=number(found, "creation_time"),
        tags=tuple(texts(folder / "tags", "tags", approximate)),
    ), approximate


def read(folder: Path) -> Experiment:
    """The experiment in a folder."""
    found, approximate = info(folder)
    return wire.experiment(found).model_copy(update={"approximate": approximate})
