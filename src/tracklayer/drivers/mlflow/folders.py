"""Folders: the files of a run are those of its own folder and, below their names, those of the models that it logged.

Since MLflow 3 a model lies beside the run that logged it, not in it. `runs:/<run>/<model>` finds it all the same, and
so do we.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import BinaryIO, TypeAlias

from msgspec import Struct

from tracklayer import spi
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.errors import InvalidInput
from tracklayer.model import Artifact, checked_path
from tracklayer.spi import Cursor, Page

#: Name -> root; the run's own folder comes first, and its name is empty.
Folders: TypeAlias = Sequence[tuple[str, str]]


class LoggedModel(Struct):
    """A model that a run logged. `created` in milliseconds."""

    id: str
    name: str
    location: str
    created: int = 0


class Place(spi.Place, omit_defaults=True):
    """Where a list of files goes on: in which folder (the run's own is the first), and where in it."""

    folder: int = 0
    at: str | None = None


def folders_of(
    own: str, models: Iterable[LoggedModel], names: Callable[[], set[str]], root: Callable[[LoggedModel], str]
) -> Folders:
    """The folders of a run: its own, and those of its models. `names`: what lies in its own; asked when it matters.

    * The newest model of a name has it; others, and those whose name is a folder of the run's own, add their id.
    """
    newest = sorted(models, key=lambda model: (model.created, model.id), reverse=True)
    taken = names() if newest else set()
    found = [("", own)]
    for model in newest:
        name = model.name if model.name not in taken else f"{model.name}-{model.id}"
        with suppress(InvalidInput):
            taken.add(checked_path(name))
            found.append((name, root(model)))
    return found


def listed(artifacts: Artifacts, folders: Folders, after: Cursor | None) -> Page[Artifact]:
    """The files of one folder after another."""
    place = Place.read(after)
    begun = after is None or place != Place()  # no cursor says: from the beginning
    if not begun or not 0 <= place.folder < len(folders):
        message = f"not a cursor of this list: {after!r}"
        raise InvalidInput(message)
    folder, root = folders[place.folder]
    page = artifacts.page(root, place.at)
    files = tuple(file.model_copy(update={"path": f"{folder}/{file.path}"}) for file in page.items)
    ahead = Place(place.folder + 1) if page.after is None else Place(place.folder, page.after)
    return Page(files if folder else page.items, None if ahead.folder == len(folders) else ahead.text())


def opened(artifacts: Artifacts, folders: Folders, path: str) -> BinaryIO:
    """A file by its path among all of them. `NotFound`."""
    for folder, root in folders[1:]:
        if path.startswith(f"{folder}/"):
            return artifacts.open(root, path.removeprefix(f"{folder}/"))
    return artifacts.open(folders[0][1], path)
