"""How many results may be asked for."""

from __future__ import annotations

from mlflow.store.tracking import SEARCH_MAX_RESULTS_THRESHOLD

from tracklayer.plugins.mlflow.errors import refused


def checked_most(max_results: int | None, *, allow_none: bool = False) -> None:
    """As `SqlAlchemyStore._validate_max_results_param` has it."""
    said = f"Invalid value {max_results} for parameter 'max_results' supplied. It must be"
    if (max_results is None and not allow_none) or (max_results is not None and max_results < 1):
        message = f"{said} a positive integer"
        raise refused(message)
    if max_results is not None and max_results > SEARCH_MAX_RESULTS_THRESHOLD:
        message = f"{said} at most {SEARCH_MAX_RESULTS_THRESHOLD}"
        raise refused(message)
