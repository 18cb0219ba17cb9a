"""The driver of an `mlruns` folder: files, and nothing but files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tracklayer import spi
from tracklayer.drivers._paths import path_of, url_of
from tracklayer.drivers._stores.folder import READING
from tracklayer.drivers.mlflow import wire
from tracklayer.drivers.mlflow.folders import LoggedModel
from tracklayer.drivers.mlflow.roots import Roots, beside
from tracklayer.drivers.mlflow.shapes import RunInfo
from tracklayer.drivers.mlflow.stored import Stored
from tracklayer.drivers.mlruns import experiments, metrics, runs
from tracklayer.drivers.mlruns.meta import ID, folders, parser
from tracklayer.drivers.mlruns.traits import MLRUNS
from tracklayer.errors import InvalidInput, NotFound
from tracklayer.model import Experiment, ExperimentRef, Points, Query, Run, RunRef, checked_path
from tracklayer.spi import Cursor, Driver, Page, translating

#: Experiments a page holds.
PAGE = 1_000


class Place(spi.Place, array_like=True):
    """Where a list of runs goes on: in which experiment of the query, and behind which folder there."""

    experiment: int = 0
    after: str = ""


class MlrunsDriver(Stored):
    """One folder, `mlruns:/path/mlruns[?artifacts=..]`. Nothing in it is ever changed.

    * `artifacts`: where the files lie that a server kept (`mlflow-artifacts:/`): a folder, or a bucket's URI; without,
      `mlartifacts` beside the folder.
    """

    traits = MLRUNS

    def __init__(self, path: Path, artifacts: str | None = None) -> None:
        self.path = path
        self.url = url_of("mlruns", path, artifacts=artifacts)
        super().__init__(Roots(MLRUNS.provider, [path, path / experiments.TRASH], artifacts or beside(path)))

    @classmethod
    def open(cls, url: str, /) -> Driver:
        parser()  # says at once what is not installed
        path, options = path_of(url, "artifacts", default="mlruns")
        return cls(path, options.get("artifacts"))

    # -- experiments

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        with self._reading("get_experiment"):
            if isinstance(which, ExperimentRef):
                return experiments.read(self._folder(which))
            found = (experiments.read(folder) for folder in experiments.everywhere(self.path))
            named = next((one for one in found if one.name == which), None)
            return named or self._missing(f"no experiment is named {which!r}", "get_experiment")

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        with self._reading("list_experiments"):
            ids = experiments.ids(self.path)
            start = bisect_right(ids, after or "")
            found = ids[start : start + PAGE]
            items = tuple(experiments.read(self.path / one) for one in found)
            return Page(items, found[-1] if start + PAGE < len(ids) else None)

    # -- runs

    def get_run(self, run: RunRef, /) -> Run:
        with self._reading("get_run"):
            return self._run(self._find(run, "get_run"))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        place = Place.read(after)
        if place.experiment >= len(query.experiments):
            return Page(())
        with self._reading("list_runs"):
            home = experiments.folder_of(self.path, query.experiments[place.experiment].id)
            names = [] if home is None else folders(home)
            start = bisect_right(names, place.after)
            found = names[start : start + query.page_size]
            items = tuple(self._wanted(home / name for name in found) if home else ())
        last = start + query.page_size >= len(names)
        ahead = Place(place.experiment + 1) if last else Place(place.experiment, found[-1])
        shown = (run for run in items if query.view == "all" or run.deleted == (query.view == "deleted"))
        return Page(tuple(shown), None if ahead.experiment == len(query.experiments) else ahead.text())

    def _wanted(self, places: Iterator[Path]) -> Iterator[Run]:
        return (self._run(folder) for folder in places if runs.is_run(folder))

    def _run(self, folder: Path) -> Run:
        found, approximate = runs.whole(folder)
        run = self._read(found)
        return run.model_copy(update={"approximate": {**run.approximate, **approximate}})

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        with self._reading("read_points"):
            folder = self._find(run, "read_points") / "metrics"
            try:
                path = folder / checked_path(key)
            except InvalidInput:
                return Page(())
            if not path.is_file() or path.resolve() != folder.resolve() / key:
                return Page(())
            points, _, ahead = metrics.page(path, key, int(after or 0))
            return Page((wire.points(key, points),), None if ahead is None else str(ahead))

    # -- inside

    def _info(self, run: RunRef) -> RunInfo:
        with self._reading("list_artifacts"):
            return runs.info(self._find(run, "list_artifacts"))[0]

    def _models(self, run: RunInfo) -> Sequence[LoggedModel]:
        with self._reading("list_artifacts"):
            return list(runs.models(self._find(RunRef(id=run.id), "list_artifacts")))

    def _location(self, experiment: ExperimentRef) -> str:
        with self._reading("get_sidecars"):
            return experiments.info(self._folder(experiment))[0].artifact_location

    def _folder(self, experiment: ExperimentRef) -> Path:
        found = experiments.folder_of(self.path, experiment.id)
        return found or self._missing(f"no experiment has the id {experiment.id!r}", "get_experiment")

    def _find(self, run: RunRef, operation: str) -> Path:
        """The folder of a run, in whichever experiment."""
        homes = experiments.everywhere(self.path) if ID.fullmatch(run.id) else iter(())
        places = (folder / run.id for folder in homes)
        found = next((place for place in places if place.is_dir() and runs.is_run(place)), None)
        return found or self._missing(f"no run has the id {run.id!r}", operation)

    @contextmanager
    def _reading(self, operation: str) -> Iterator[None]:
        """Within the block, the folder is there and holds experiments; what the disk says becomes an error of ours."""
        with translating(READING, provider=self.traits.provider, operation=operation):
            if next(experiments.everywhere(self.path), None) is None and not (self.path / experiments.TRASH).is_dir():
                what = "holds no experiment of MLflow's" if self.path.is_dir() else "is not there"
                hint = f": it is {self.path / 'mlruns'}?" if (self.path / "mlruns").is_dir() else ""
                self._missing(f"the folder {self.path} {what}{hint}", operation)
            yield

    def _missing(self, message: str, operation: str) -> NoReturn:
        raise NotFound(message, provider=self.traits.provider, operation=operation)
