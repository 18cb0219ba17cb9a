"""Where the files of a server's runs lie, remembered from what the server said of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.folders import Folders, LoggedModel, folders_of
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import MlflowRun, OneModel
from tracklayer.errors import NotFound
from tracklayer.model import RunRef

#: Runs that are remembered.
MOST = 1_024


class _Known(NamedTuple):
    root: str
    models: tuple[str, ...]


class RunFiles:
    """Of each run: its own root, which never changes, and the ids of the models that it had when it was last read.

    * `get`: asks the server for a run that is not known.
    """

    def __init__(self, rest: Rest, artifacts: Artifacts, get: Callable[[RunRef], MlflowRun]) -> None:
        self._rest = rest
        self._artifacts = artifacts
        self._get = get
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._folders: OrderedDict[tuple[str, _Known], Folders] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, run: MlflowRun) -> None:
        """What the server has just said of a run."""
        with self._lock:
            self._known[run.info.id] = _Known(run.info.artifact_uri, tuple(one.model_id for one in run.outputs.models))
            if len(self._known) > MOST:
                self._known.popitem(last=False)

    def root(self, run: RunRef) -> str:
        """The root of the run's own files."""
        return self._of(run).root

    def folders(self, run: RunRef) -> Folders:
        """Its own folder, and those of its models: a call for each, once."""
        known = self._of(run)
        if not known.models:
            return [("", known.root)]
        with self._lock:
            found = self._folders.get((run.id, known))
        if found is None:
            models = [model for one in known.models if (model := self._model(one)) is not None]
            names = lambda: self._artifacts.names(known.root)  # noqa: E731 -- asked only when there are models
            found = folders_of(known.root, models, names, lambda model: model.location)
            with self._lock:
                self._folders[run.id, known] = found
                if len(self._folders) > MOST:
                    self._folders.popitem(last=False)
        return found

    def _of(self, run: RunRef) -> _Known:
        with self._lock:
            known = self._known.get(run.id)
        if known is None:
            found = self._get(run)
            self.note(found)
            known = _Known(found.info.artifact_uri, tuple(one.model_id for one in found.outputs.models))
        return known

    def _model(self, model: str) -> LoggedModel | None:
        """A model; None for one that was deleted."""
        with suppress(NotFound):
            info = self._rest.call("GET", f"logged-models/{model}", OneModel).model.info
            return LoggedModel(info.model_id, info.name, info.artifact_uri, info.created)
        return None
