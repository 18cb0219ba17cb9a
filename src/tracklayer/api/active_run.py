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
from tracklayer.api.clock import nanoseconds, now
from tracklayer.api.datasets import dataset_of
from tracklayer.api.files import files_under, opened
from tracklayer.api.logbook import Logbook
from tracklayer.api.media import dict_bytes, figure_bytes, text_bytes
from tracklayer.api.pictures import image_bytes
from tracklayer.api.surroundings import Surroundings
from tracklayer.api.tables import table_bytes
from tracklayer.api.urls import run_url
from tracklayer.api.values import items, metric_value, param_values, step_number, tag_values
from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.layers.journal.dispatch import Delivery, expect_children
from tracklayer.layers.journal.records import End
from tracklayer.model import ENDED, Batch, Dataset, Experiment, Points, RunRef, checked_path

if TYPE_CHECKING:
    from typing_extensions import Self

log = logging.getLogger("tracklayer")


class ActiveRun:
    """A run that is being written; any thread may, and so may a forked child.

    * `with` ends it: `finished`; `failed` when an exception leaves the block, `killed` when the program is interrupted.
      The exception travels on. Inside the block the run is the current one.
    * What is logged is in a journal on disk when the call returns, and on its way to the places of the run. What goes
      wrong on that way is said once, kept and tried again; it is raised only where `strict` was asked for.
    * Wrong input is `InvalidInput` at once; another value of a param that this process set is a `Conflict`.
    * After the end nothing more is taken: `InvalidInput`.
    """

    def __init__(self, delivery: Delivery, book: Logbook, surroundings: Surroundings) -> None:
        self.delivery = delivery
        self._book = book
        self._surroundings = surroundings
        self._point, self._row = book.point, book.row
        self._experiment: Experiment | None = None
        self._ending = RLock()
        self._ended = False
        current.begin(self)

    # -- what it is

    @property
    def id(self) -> str:
        """The id of the run in its first place. Waits until it is made; `Unavailable` when that takes too long."""
        return self.ref.id

    @property
    def url(self) -> str:
        """The run's URL: `tracklayer show URL` opens it. Waits, as `id` does."""
        return run_url(self.place, self.id)

    @property
    def place(self) -> str:
        """The URL of the first place that the run is logged to."""
        return self.delivery.shipments[0].place

    @property
    def name(self) -> str | None:
        """The run's name."""
        return self.delivery.start.draft.name

    @property
    def experiment(self) -> Experiment:
        """The experiment that the run belongs to. Waits, as `id` does."""
        if self._experiment is None:
            driver = self.delivery.shipments[0].driver
            self._experiment = driver.get_experiment(driver.get_run(self.ref).experiment)
        return self._experiment

    @property
    def ref(self) -> RunRef:
        """What points at the run. Waits, as `id` does."""
        return self.delivery.run(self._book.options.id_timeout)

    @property
    def active(self) -> bool:
        """Can it be written to? Not any more once it has ended."""
        return not self._ended

    def __repr__(self) -> str:
        found = self.delivery.shipments[0].cursor.run
        return f"<ActiveRun {self.name or found} at {run_url(self.place, found) if found else self.place}>"

    # -- on its way

    def pending(self) -> dict[str, int]:
        """Place -> the records that have not landed there yet. Costs no call."""
        return self.delivery.pending()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that was logged so far has landed, everywhere; False when it has not after `timeout` seconds.

        * None: as `Options.flush_timeout` has it. * A place that does not answer is not waited for any longer.
        * `Unflushed` instead of False, where the run is `strict`.
        """
        return self._book.flush(timeout)

    # -- values

    def log_param(self, key: str, value: object) -> None:
        """Set a param: text, number or truth value, kept with its type; anything else as its `str`.

        The same value again is nothing new; another value is a `Conflict`.
        """
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, object]) -> None:
        """Set several params at once."""
        self._book.write(Batch(params=param_values(params)))

    def log_metric(self, key: str, value: Any, step: int = 0, time: datetime | None = None) -> None:
        """Add a point to a metric.

        * `value`: any number, NaN and infinities included; of numpy, torch and the like too.
        * `step`: a 64-bit integer. * `time`: a datetime with a time zone; None: now, in whole milliseconds, later than
          the points before it unless the step is higher than theirs, so that none is lost as a repetition.
        """
        if time is not None or step.__class__ is not int or not self._point(key, value, step):
            self._log({key: value}, step, time)

    def log_metrics(self, metrics: Mapping[str, Any], step: int = 0, time: datetime | None = None) -> None:
        """Add a point to several metrics at once, all at one step."""
        if (
            time is not None
            or step.__class__ is not int
            or metrics.__class__ is not dict
            or not self._row(metrics, step)
        ):
            self._log(metrics, step, time)

    def log_points(self, points: Points | Iterable[Points]) -> None:
        """Add whole columns of points: the way for many. A generator's parts are kept as they come."""
        for part in [points] if isinstance(points, Points) else points:
            if not isinstance(part, Points):
                message = f"log_points takes Points, not {type(part).__name__}: make them with Points.of(key, rows)"
                raise InvalidInput(message)
            self._book.points([part])

    def set_tag(self, key: str, value: object) -> None:
        """Set a tag; the last value stands."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set several tags at once. A value that is not text is kept as its `str`."""
        self._book.write(Batch(tags=tag_values(tags)))

    def log_input(self, dataset: Any, name: str | None = None, context: str | None = None) -> Dataset:
        """Note a data set that the run reads, by a digest of its content; the content itself is not stored.

        * `dataset`: a `Dataset`, a file or folder, or a table or array of pandas, polars, pyarrow or numpy: see
          `tracklayer.api.datasets` for what the digest is made of.
        * `name`: None: of a file its own, else `dataset`. * `context`: its use, such as `train` or `eval`.
        """
        found = dataset_of(dataset, name=name, context=context)
        self._book.write(Batch(inputs=(found,)))
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

    def end(self, status: str = "finished", timeout: float | None = None) -> None:
        """End the run: `finished`, `failed` or `killed`. Twice is once.

        * Waits as `flush` does, and says in one line what is left and how to send it. * In a forked child, and in all
          ranks but the first, what is logged ends, and the run does not.
        """
        wanted = next((known for known in ENDED if known == str(status).lower()), None)
        if wanted is None:
            message = f"a run ends as one of {', '.join(sorted(ENDED))}, not {status!r}"
            raise InvalidInput(message)
        with self._ending:
            if self._ended:
                return
            self._ended = True
            try:
                self._finish(wanted, timeout)
            finally:
                self.delivery.forget()
                current.leave(self)

    def _finish(self, status: str, timeout: float | None) -> None:
        start, writer = self.delivery.start, self.delivery.writer
        if not self.delivery.at_home:
            writer.end(End())
            return
        self._surroundings.end()
        if start.owner:
            change = Batch(status=status, ended=now())
        else:
            change = Batch(tags={f"rank{start.rank}.status": status} if status != "finished" else {})
        writer.end(End(change=change))
        if not self._book.flush(timeout):
            log.warning("tracklayer: %s", self._book.left())

    def __reduce__(self) -> tuple[Any, ...]:
        """Hand it to another process, which then logs to the same run."""
        from tracklayer.api.start import attach  # noqa: PLC0415 -- it makes ActiveRuns

        expect_children()
        return attach, (self.delivery.start.model_dump_json(), self._book.options.model_dump_json())

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
            log.warning("run %r could not be ended: %s", self.name, fault)  # what left the block is what the user sees
        finally:
            current.leave(self)

    # -- inside

    def _log(self, metrics: Mapping[str, Any], step: Any, time: datetime | None) -> None:
        """The long way of `log_metric` and `log_metrics`, which looks at everything."""
        number = step_number(step)
        moment = None if time is None else nanoseconds(time)
        values = [(key, metric_value(key, value)) for key, value in items("metrics", metrics)]
        self._book.rows(values, number, moment)

    def _put(self, path: str, data: bytes) -> None:
        self._book.put(path, BytesIO(data))

    def _put_file(self, local: Path, path: str) -> None:
        path = checked_path(path)
        with opened(local) as data:
            self._book.put(path, data)
