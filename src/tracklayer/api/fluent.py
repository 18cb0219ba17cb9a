"""The functions of the module: `tl.start_run`, and logging to the current run.

* With no active run, whatever logs starts one in the default place, as MLflow does: it ends at `end_run`, or with the
  program.
* `tracklayer.api.current` says which run is the current one, in threads too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from tracklayer.api import current
from tracklayer.api.active_run import ActiveRun
from tracklayer.api.options import Options, chosen
from tracklayer.api.places import client_of, places
from tracklayer.api.refs import AnyRun
from tracklayer.api.start import Above, begin
from tracklayer.api.urls import is_run_url, split
from tracklayer.model import Dataset, Points

_starting = Lock()


def start_run(
    experiment: str | None = None,
    *,
    name: str | None = None,
    to: str | Sequence[str] | None = None,
    parent: Above = None,
    resume: AnyRun | None = None,
    tags: Mapping[str, object] | None = None,
    params: Mapping[str, object] | None = None,
    description: str | None = None,
    strict: bool | None = None,
    options: Options | None = None,
) -> ActiveRun:
    """Start a run and make it the current one; in a `with`, it ends with the block. Waits for no network.

    * `to`: the URL of a place, or of several, which all get the whole run; None: that of the run to go on with, or of
      the parent; else `$TRACKLAYER_URL`, `local:`.
    * `experiment`: made when there is none of that name; None: the parent's, else `Default`.
    * `name`: None makes one up.
    * `parent`: a run, its id or URL; True: the current run. * `resume`: the id or URL of a run to go on with.
    * `strict`: raise what goes wrong on the way to a place. * `options`: see `Options`.
    * The run before is the current one again when this one has ended.
    """
    follows = _places(resume, parent) if to is None else None
    run = begin(
        [client_of(url).carrier for url in follows or places(to)],
        experiment,
        name=name,
        parent=parent,
        resume=resume,
        tags=tags,
        params=params,
        description=description,
        options=chosen(options, strict=strict),
    )
    current.enter(run)
    return run


def end_run(status: str = "finished") -> None:
    """End the current run: `finished`, `failed` or `killed`. Without one, nothing is done."""
    run = current.current()
    if run is not None:
        run.end(status)


def current_run() -> ActiveRun | None:
    """The run that logging writes to; None when no run is active."""
    return current.current()


def log_param(key: str, value: object) -> None:
    """Set a param of the current run: see `ActiveRun.log_param`."""
    _run().log_param(key, value)


def log_params(params: Mapping[str, object]) -> None:
    """Set several params of the current run in one write."""
    _run().log_params(params)


def log_metric(key: str, value: Any, step: int = 0, time: datetime | None = None) -> None:
    """Add a point to a metric of the current run: see `ActiveRun.log_metric`."""
    _run().log_metric(key, value, step, time)


def log_metrics(metrics: Mapping[str, Any], step: int = 0, time: datetime | None = None) -> None:
    """Add a point to several metrics of the current run in one write."""
    _run().log_metrics(metrics, step, time)


def log_points(points: Points | Iterable[Points]) -> None:
    """Add whole columns of points to the current run: see `ActiveRun.log_points`."""
    _run().log_points(points)


def set_tag(key: str, value: object) -> None:
    """Set a tag of the current run."""
    _run().set_tag(key, value)


def set_tags(tags: Mapping[str, object]) -> None:
    """Set several tags of the current run in one write."""
    _run().set_tags(tags)


def log_input(dataset: Any, name: str | None = None, context: str | None = None) -> Dataset:
    """Note a data set that the current run reads: see `ActiveRun.log_input`."""
    return _run().log_input(dataset, name, context)


def log_text(text: str, path: str) -> None:
    """Store a text as a file of the current run."""
    _run().log_text(text, path)


def log_dict(dictionary: Any, path: str) -> None:
    """Store a dictionary or list as a JSON or YAML file of the current run."""
    _run().log_dict(dictionary, path)


def log_figure(figure: Any, path: str) -> None:
    """Store a figure of matplotlib or plotly as a file of the current run."""
    _run().log_figure(figure, path)


def log_table(rows: Any, path: str) -> None:
    """Store a table as a CSV or JSON file of the current run: see `ActiveRun.log_table`."""
    _run().log_table(rows, path)


def log_image(image: Any, path: str) -> None:
    """Store a picture as a file of the current run: see `ActiveRun.log_image`."""
    _run().log_image(image, path)


def log_artifact(local_path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
    """Store a file or folder with the current run, in the folder `artifact_path`."""
    _run().log_artifact(local_path, artifact_path)


def log_artifacts(local_dir: str | os.PathLike[str], artifact_path: str | None = None) -> None:
    """Store all files of a folder with the current run."""
    _run().log_artifacts(local_dir, artifact_path)


def _run() -> ActiveRun:
    """The current run; a new one when none is active: one, however many threads ask at once."""
    run = current.current()
    if run is None:
        with _starting:
            run = current.current() or start_run()
    return run


def _places(resume: AnyRun | None, parent: Above) -> list[str] | None:
    """The places that follow from the run to go on with, or from the parent."""
    named = resume if resume is not None else parent
    run = current.current() if named is True else named
    if isinstance(run, ActiveRun):
        return [shipment.place for shipment in run.delivery.shipments]
    return [split(run)[0]] if isinstance(run, str) and is_run_url(run) else None
