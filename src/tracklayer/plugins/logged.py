"""Logged: what a training logs. No training ends by a value that cannot be kept: it is told, and left out."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

from tracklayer.api import ActiveRun
from tracklayer.api.values import metric_value, param_values
from tracklayer.errors import Conflict, InvalidInput
from tracklayer.model import ParamValue, same

log = logging.getLogger("tracklayer")


class Logged(ABC):
    """Logs values and files to the run that `opened` gives. `kind`: what the log calls the callback."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._params: dict[str, ParamValue] = {}
        self._told: set[str] = set()

    @abstractmethod
    def opened(self) -> AbstractContextManager[ActiveRun]:
        """The run, which can be written to in the block."""

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log params. Another value of one that is set already is told and left out: no training ends by it."""
        new: dict[str, ParamValue] = {}
        with self.opened() as run:
            for key, value in param_values(params).items():
                if key not in self._params:
                    new[key] = self._params[key] = value
                elif not same(self._params[key], value):
                    log.warning("%s: param %r stays %r, not %r", self.kind, key, self._params[key], value)
            try:
                run.log_params(new)
            except Conflict:  # with what the program logged to the same run
                for key, value in new.items():
                    self._log_param(run, key, value)

    def log_metrics(self, metrics: Mapping[str, object], step: int | None) -> None:
        """Log what of the metrics is a number, at a step (None: 0); of the rest it is told once."""
        found = {key: self._number(key, value) for key, value in metrics.items()}
        numbers = {key: value for key, value in found.items() if value is not None}
        if numbers:
            with self.opened() as run:
                run.log_metrics(numbers, step or 0)

    def log_file(self, name: str, write: Callable[[Path], object]) -> None:
        """Store what `write` writes to a path, as a file of the run."""
        with TemporaryDirectory() as folder, self.opened() as run:
            path = Path(folder) / name
            write(path)
            run.log_artifact(path)

    # -- inside

    def _log_param(self, run: ActiveRun, key: str, value: object) -> None:
        try:
            run.log_param(key, value)
        except Conflict as error:
            log.warning("%s: %s", self.kind, error)

    def _number(self, key: str, value: object) -> float | None:
        try:
            return metric_value(key, value)
        except InvalidInput as error:
            if key not in self._told:
                self._told.add(key)
                log.warning("%s: left out: %s", self.kind, error)
            return None
