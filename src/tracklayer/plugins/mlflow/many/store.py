"""PlacesStore: MLflow's tracking store over several places, each asked for what is its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial, wraps
from inspect import signature
from typing import Any, TypeVar

from mlflow.entities import Experiment, ExperimentTag, LoggedModel, Metric, Run, ViewType, _DatasetSummary
from mlflow.entities.metric import MetricWithRunId
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_MAX_RESULTS_DEFAULT
from mlflow.store.tracking.abstract_store import AbstractStore

from tracklayer.plugins.mlflow import ids
from tracklayer.plugins.mlflow.errors import absent, answering, refused
from tracklayer.plugins.mlflow.many.merging import merged
from tracklayer.plugins.mlflow.many.part import UNREAD, Part, parts
from tracklayer.plugins.mlflow.many.uris import READS_ONLY, places_of
from tracklayer.plugins.mlflow.paging import checked_most, experiments_page, models_page, points_of
from tracklayer.plugins.mlflow.refusing import lacking, refusing_the_rest
from tracklayer.plugins.mlflow.store import TracklayerStore

S = TypeVar("S", bound=type[AbstractStore])

#: Methods that ask one place: what their first argument is the id of -> those that read, and those that write.
ROUTED = {
    "run": (
        ("get_run", "get_metric_history"),
        (
            *("update_run_info", "delete_run", "restore_run", "delete_tag", "log_metric", "log_param", "set_tag"),
            *("log_batch", "log_inputs", "log_outputs", "record_logged_model"),
        ),
    ),
    "experiment": (
        ("get_experiment",),
        (
            *("delete_experiment", "restore_experiment", "rename_experiment", "set_experiment_tag"),
            *("delete_experiment_tag", "create_run", "create_logged_model"),
        ),
    ),
    "model": (
        ("get_logged_model",),
        (
            *("finalize_logged_model", "set_logged_model_tags", "delete_logged_model_tag", "log_logged_model_params"),
            "delete_logged_model",
        ),
    ),
}


def _routed(name: str, kind: str, *, writes: bool) -> Callable[..., Any]:
    """A method that asks the place that its first argument belongs to."""
    method = getattr(TracklayerStore, name)
    shape = signature(method)

    @answering
    @wraps(method)
    def routed(self: PlacesStore, *args: Any, **kwargs: Any) -> Any:
        if writes:
            self.check_writing()
        given = shape.bind(self, *args, **kwargs).arguments
        _, first, *rest = given
        if name == "get_experiment" and str(given[first]).startswith(UNREAD):
            return self.unread(given[first])
        part, inside = self.divided(kind, given[first])
        more = {key: part.spelling.inward(given[key]) for key in rest}
        if more.get("source_run_id"):
            more["source_run_id"] = self.divided("run", more["source_run_id"])[1]
        return part.spelling.outward(method(part.store, inside, **more))

    return routed


def _routing(store: S) -> S:
    for kind, (reading, writing) in ROUTED.items():
        for name in (*reading, *writing):
            setattr(store, name, _routed(name, kind, writes=name in writing))
    return store


@refusing_the_rest(AbstractStore)
@_routing
class PlacesStore(AbstractStore):
    """A store of several places. Making one makes no call. It only reads, unless its URI says otherwise."""

    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # whatever class of MLflow's comes next
        self.store_uri = store_uri
        self.artifact_root_uri = artifact_uri
        self._asked = places_of(store_uri)

    @cached_property
    def parts(self) -> dict[str, Part]:
        """Key -> place."""
        return {part.key: part for part in parts(self._asked.urls, self.artifact_root_uri)}

    def lacking(self, name: str) -> MlflowException:
        """The refusal of a method of MLflow's."""
        return lacking(name, ", ".join(self._asked.urls))

    # -- experiments

    @answering
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] | None = None
    ) -> str:
        """Make one in the place that its name ends with, else in the first."""
        self.check_writing()
        for part in self.parts.values():
            inside = part.spelling.named(name)
            if inside is not None:
                break
        else:
            part, inside = next(iter(self.parts.values())), name
        return part.spelling.experiment(part.store.create_experiment(inside, artifact_location, tags))

    @answering
    def get_experiment_by_name(self, experiment_name: str) -> Experiment | None:
        """An experiment by its name with its place, be it deleted; None where there is none."""
        for part in self.parts.values():
            inside = part.spelling.named(experiment_name)
            found = None if inside is None else part.store.get_experiment_by_name(inside)
            if found is not None:
                return part.spelling.outward(found)  # type: ignore[no-any-return] # an experiment, as it was
        return None

    @answering
    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = SEARCH_MAX_RESULTS_DEFAULT,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Experiments of all places. A place that cannot be read is shown as one that says why."""
        checked_most(max_results)
        with ThreadPoolExecutor(len(self.parts)) as pool:  # as slow as the slowest, not as all of them
            answers = list(pool.map(lambda part: part.experiments(view_type), self.parts.values()))
        found = (one for answer in answers for one in answer)
        return experiments_page(found, filter_string, order_by, max_results, page_token)

    # -- runs

    @answering
    def _search_runs(  # noqa: PLR0917 -- MLflow's own
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None,
        run_view_type: int,
        max_results: int | None,
        order_by: Sequence[str] | None,
        page_token: str | None,
    ) -> tuple[list[Run], str | None]:
        """A page of runs, those of several places in one order."""
        checked_most(max_results, allow_none=True)

        def fetch(part: Part, homes: list[str], token: str | None) -> tuple[list[Run], str | None]:
            asked = part.spelling.asked(filter_string)
            runs, rest = part.store._search_runs(homes, asked, run_view_type, max_results, order_by, token)  # noqa: SLF001 -- MLflow's name
            return part.spelling.outward(runs), rest

        fetches = {part.key: partial(fetch, part, homes) for part, homes in self._grouped(experiment_ids)}
        if len(fetches) == 1:
            return next(iter(fetches.values()))(page_token)
        return merged(fetches, order_by, max_results, page_token)

    @answering
    def _search_datasets(self, experiment_ids: Sequence[str]) -> list[_DatasetSummary]:
        """The data sets that runs of these experiments read."""
        return [
            part.spelling.outward(one)
            for part, homes in self._grouped(experiment_ids)
            for one in part.store._search_datasets(homes)  # noqa: SLF001 -- MLflow's name
        ]

    @answering
    def get_metric_history_bulk(
        self, run_ids: Sequence[str], metric_key: str, max_results: int
    ) -> list[MetricWithRunId]:
        """The points of a metric of several runs, in the order of the runs' ids."""

        def history(run_id: str) -> list[Metric]:
            part, inside = self.divided("run", run_id)
            return part.store.get_metric_history(inside, metric_key)

        return points_of(run_ids, history, max_results)

    # -- models

    @answering
    def search_logged_models(  # noqa: PLR0917 -- MLflow's own
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: list[dict[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[dict[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Models of experiments. All runs of the experiments are read for it."""
        found: list[LoggedModel] = []
        for part, homes in self._grouped(experiment_ids):
            token, asked = None, part.spelling.asked(filter_string)
            while True:
                page = part.store.search_logged_models(homes, asked, datasets, None, order_by, token)
                found += part.spelling.outward(list(page))
                token = page.token
                if not token:
                    break
        return models_page(found, order_by, max_results, page_token)

    # -- which place

    def check_writing(self) -> None:
        """Refused where this store only reads."""
        if not self._asked.write:
            raise refused(READS_ONLY, PERMISSION_DENIED)

    def divided(self, kind: str, id: str) -> tuple[Part, str]:
        """The place of an id, and the id in the place's own store. MLflow's error where there is no such place."""
        model = ids.model(id) if kind == "model" else None
        key, dash, inside = (id if model is None else model.run).partition("-")
        if len(self.parts) == 1:
            part, inside = next(iter(self.parts.values())), id
        elif key in self.parts and dash and (kind != "model" or model is not None):
            part = self.parts[key]
            inside = inside if model is None else str(model._replace(run=inside))
        else:
            raise absent(f"No {kind} with id={id} exists: no place that is served here has its key")
        return (part, part.home(inside, write=self._asked.write)) if kind == "experiment" else (part, inside)

    def unread(self, id: str) -> Experiment:
        """What is shown in place of a place that cannot be read."""
        part = self.parts.get(id.removeprefix(UNREAD))
        if part is None:
            raise absent(f"No Experiment with id={id} exists")
        return part.unread()

    def _grouped(self, experiment_ids: Sequence[str]) -> list[tuple[Part, list[str]]]:
        """Places, and the experiments of each that are asked for; those that are nowhere are left out."""
        found: dict[str, tuple[Part, list[str]]] = {}
        for outside in map(str, experiment_ids):
            if outside.startswith(UNREAD):
                continue
            try:
                part, inside = self.divided("experiment", outside)
            except MlflowException:
                continue
            found.setdefault(part.key, (part, []))[1].append(inside)
        return list(found.values())
