"""ActiveRun: a run that is being written."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tracklayer.api import current
from tracklayer.api.clock import Clock, nanoseconds, now
from tracklayer.api.datasets import dataset_of
from tracklayer.api.files import files_under, opened
from tracklayer.api.media import dict_bytes, figure_bytes, text_bytes
from tracklayer.api.pictures import image_bytes
from tracklayer.api.tables import table_bytes
from tracklayer.api.urls import run_url
from tracklayer.api.values import items, metric_value, param_values, step_number, tag_values
from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.model import ENDED, Batch, Dataset, Experiment, Points, Run, RunRef, checked_path
from tracklayer.spi import Driver, Feature

if TYPE_CHECKING:
    from typing_extensions import Self

log = logging.getLogger("tracklayer")

#: Points handed over one small piece after the other are written together, up to this many.
POINTS_TOGETHER = 10_000


class ActiveRun:
    """A run that is being written; any thread may.

    * `with` ends it: `finished`; `failed` when an exception leaves the block, `killed` when the program is interrupted.
      The exception travels on. Inside the block the run is the current one.
    * What is logged is with the provider when the call returns; what went wrong is raised.
    * After the end nothing more is taken: `InvalidInput`.
    """

    def __init__(self, driver: Driver, run: Run, experiment: Experiment) -> None:
        self._driver = driver
        self._run = run
        self._experiment = experiment
        self._clock = Clock()
        self._ending = RLock()
        self._ended = False
        current.begin(self)

    # -- what it is

    @property
    def id(self) -> str:
        """The provider's id of the run."""
        return self._run.id

    @property
    def url(self) -> str:
        """The run's URL: `tracklayer show URL` opens it."""
        return run_url(self._driver.url, self.id)

    @property
    def name(self) -> str | None:
        """The run's name."""
        return self._run.name

    @property
    def experiment(self) -> Experiment:
        """The experiment that the run belongs to."""
        return self._experiment

    @property
    def ref(self) -> RunRef:
        """What points at the run."""
        return self._run.ref

    @property
    def active(self) -> bool:
        """Can it be written to? Not any more once it has ended."""
        return not self._ended

    def __repr__(self) -> str:
        return f"<ActiveRun {self.name or self.id} at {self.url}>"

    # -- values

    def log_param(self, key: str, value: object) -> None:
        """Set a param: text, number or truth value, kept with its type; anything else as its `str`.

        The same value again is nothing new; another value is a `Conflict`.
        """
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, object]) -> None:
        """Set several params in one write."""
        self._write(Batch(params=param_values(params)))

    def log_metric(self, key: str, value: Any, step: int = 0, time: datetime | None = None) -> None:
        """Add a point to a metric.

        * `value`: any number, NaN and infinities included; of numpy, torch and the like too.
        * `step`: a 64-bit integer. * `time`: a datetime with a time zone; None: now, in whole milliseconds, later than
          the points before it unless the step is higher than theirs, so that none is lost as a repetition.
        """
        self.log_metrics({key: value}, step, time)

    def log_metrics(self, metrics: Mapping[str, Any], step: int = 0, time: datetime | None = None) -> None:
        """Add a point to several metrics in one write, all at one step."""
        number = step_number(step)
        moment = None if time is None else nanoseconds(time)
        values = [(key, metric_value(key, value)) for key, value in items("metrics", metrics)]
        self._write(
            Batch(
                points=tuple(
                    Points.of(key, [(number, self._clock.next(key, number) if moment is None else moment, value)])
                    for key, value in values
                )
            )
        )

    def log_points(self, points: Points | Iterable[Points]) -> None:
        """Add whole columns of points: the way for many. A generator's parts are written as they come."""
        waiting: list[Points] = []
        count = 0
        for part in [points] if isinstance(points, Points) else points:
            if not isinstance(part, Points):
                message = f"log_points takes Points, not {type(part).__name__}: make them with Points.of(key, rows)"
                raise InvalidInput(message)
            waiting.append(part)
            count += len(part)
            if count >= POINTS_TOGETHER:
                self._write(Batch(points=tuple(waiting)))
                waiting, count = [], 0
        if waiting:
            self._write(Batch(points=tuple(waiting)))

    def set_tag(self, key: str, value: object) -> None:
        """Set a tag; the last value stands."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set several tags in one write. A value that is not text is kept as its `str`."""
        self._write(Batch(tags=tag_values(tags)))

    def log_input(self, dataset: Any, name: str | None = None, context: str | None = None) -> Dataset:
        """Note a data set that the run reads, by a digest of its content; the content itself is not stored.

        * `dataset`: a `Dataset`, a file or folder, or a table or array of pandas, polars, pyarrow or numpy: see
          `tracklayer.api.datasets` for what the digest is made of.
        * `name`: None: of a file its own, else `dataset`. * `context`: its use, such as `train` or `eval`.
        """
        found = dataset_of(dataset, name=name, context=context)
        self._write(Batch(inputs=(found,)))
        return found

    # -- files

    def log_text(self, text: str, path: str) -> None:
        """Store a text as a UTF-8 file. `path` is the file's, within the run, with `/` between its parts."""
        self._put(path, text_bytes(text))

    def log_dict(self, dictionary: Any, path: str) -> None:
        """Store a dictionary or list as a file: YAML where the path ends in `.yaml` or `.yml`, else JSON."""
        self._put(path, dict_bytes(dictionary, path))

    def log_figure(self, figure: Any, path: str) -> None:
        """Store a figure of matplotlib or plotly, in the format of the path's suffix."""
        self._put(path, figure_bytes(figure, path))

    def log_table(self, rows: Any, path: str) -> None:
        """Store a table, as `.csv` or as `.json` (`{"columns": [...], "data": [[...], ...]}`).

        `rows`: a list of dictionaries, a dictionary of lists, or a table of pandas, polars or pyarrow.
        """
        self._put(path, table_bytes(rows, path))

    def log_image(self, image: Any, path: str) -> None:
        """Store a picture of pillow, or an array (height, width[, 1, 3 or 4 channels]), in the suffix's format.

        Numbers of an array are 0 to 255 for integers, 0 to 1 for floats.
        """
        self._put(path, image_bytes(image, path))

    def log_artifact(self, local_path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Store a file, or a folder with all that is in it, under its own name, in the folder `artifact_path`."""
        path = Path(local_path)
        name = path.resolve().name if path.name in {"", ".."} else path.name
        place = name if artifact_path is None else f"{checked_path(artifact_path)}/{name}"
        if path.is_dir():
            self.log_artifacts(path, place)
        else:
            self._put_file(path, place)

    def log_artifacts(self, local_dir: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Store all files of a folder and its folders; links are followed, empty folders are not kept."""
        prefix = "" if artifact_path is None else f"{checked_path(artifact_path)}/"
        for relative, path in files_under(Path(local_dir)):
            self._put_file(path, prefix + relative)

    # -- its end

    def end(self, status: str = "finished") -> None:
        """End the run: `finished`, `failed` or `killed`. Twice is once."""
        wanted = next((known for known in ENDED if known == str(status).lower()), None)
        if wanted is None:
            message = f"a run ends as one of {', '.join(sorted(ENDED))}, not {status!r}"
            raise InvalidInput(message)
        with self._ending:
            if self._ended:
                return
            ended = now() if self._driver.traits.offers(Feature.BACKDATING) else None
            self._driver.write(self.ref, Batch(status=wanted, ended=ended))
            self._ended = True
        current.leave(self)

    def __enter__(self) -> Self:
        current.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.end(current.status_after(error))
        except TracklayerError as fault:
            if error is None:
                raise
            log.warning("run %s could not be ended: %s", self.id, fault)  # what left the block is what the user sees
        finally:
            current.leave(self)

    # -- inside

    def _write(self, batch: Batch) -> None:
        self._check()
        self._driver.write(self.ref, batch)

    def _put(self, path: str, data: bytes) -> None:
        self._check()
        self._driver.put_artifact(self.ref, checked_path(path), BytesIO(data))

    def _put_file(self, local: Path, path: str) -> None:
        self._check()
        with opened(local) as data:
            self._driver.put_artifact(self.ref, checked_path(path), data)

    def _check(self) -> None:
        if self._ended:
            message = f"run {self.id} has ended: go on with it by start_run(resume={self.id!r})"
            raise InvalidInput(message)
