"""Pages of what was found, in MLflow's order: alike for a store of one place and for one of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mlflow.entities import Experiment, LoggedModel, Metric
from mlflow.entities.metric import MetricWithRunId
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT, SEARCH_MAX_RESULTS_THRESHOLD
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchLoggedModelsUtils, SearchUtils

from tracklayer.plugins.mlflow.errors import refused


def checked_most(max_results: int | None, *, allow_none: bool = False) -> None:
    """How many results may be asked for, as `SqlAlchemyStore._validate_max_results_param` has it."""
    said = f"Invalid value {max_results} for parameter 'max_results' supplied. It must be"
    if (max_results is None and not allow_none) or (max_results is not None and max_results < 1):
        message = f"{said} a positive integer"
        raise refused(message)
    if max_results is not None and max_results > SEARCH_MAX_RESULTS_THRESHOLD:
        message = f"{said} at most {SEARCH_MAX_RESULTS_THRESHOLD}"
        raise refused(message)


def experiments_page(
    found: Iterable[Experiment], where: str | None, order_by: Sequence[str] | None, most: int, token: str | None
) -> PagedList[Experiment]:
    """Those of the experiments that a search is for."""
    wanted = SearchExperimentsUtils.filter(list(found), where)
    ordered = SearchExperimentsUtils.sort(wanted, order_by or ["creation_time DESC", "experiment_id ASC"])
    return PagedList(*SearchUtils.paginate(ordered, token, most))


def models_page(
    found: list[LoggedModel], order_by: Sequence[dict[str, Any]] | None, most: int | None, token: str | None
) -> PagedList[LoggedModel]:
    """The models that were found."""
    ordered = SearchLoggedModelsUtils.sort(found, order_by)
    page, rest = SearchLoggedModelsUtils.paginate(ordered, token, most or SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT)
    return PagedList(page, rest)


def points_of(run_ids: Iterable[str], history: Callable[[str], Iterable[Metric]], most: int) -> list[MetricWithRunId]:
    """The points of a metric of several runs, in the order of the runs' ids; no more runs are read than it takes."""
    found: list[MetricWithRunId] = []
    for run_id in sorted(set(run_ids)):
        if len(found) >= most:
            break
        found += [MetricWithRunId(run_id=run_id, metric=one) for one in history(run_id)]
    return found[:most]
