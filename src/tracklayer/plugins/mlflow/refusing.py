"""Refusing: what a store of ours has not is refused by an error of MLflow's, whatever a version of MLflow asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, TypeVar

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import NOT_IMPLEMENTED

T = TypeVar("T", bound=type)


def lacking(name: str, where: str) -> MlflowException:
    """The refusal of a method of MLflow's. `where`: the place, or the places."""
    said = name.strip("_").replace("_", " ")
    message = f"tracklayer ({where}) keeps experiments, runs and models, and has no {said!r}"
    return MlflowException(message, error_code=NOT_IMPLEMENTED)


def refusing_the_rest(base: type) -> Callable[[T], T]:
    """Give a store a refusal for whatever MLflow's own base class leaves open, in this version of it.

    * The store's method `lacking` makes the error from the name of what was asked for.
    * A method that MLflow calls abstract is never called: it has no body, which would answer that all was done.
    """

    def filled(store: T) -> T:
        for kind in base.__mro__[:-1]:
            for name, method in vars(kind).items():
                ours: object = getattr(store, name, None)
                if isinstance(method, FunctionType) and not name.startswith("__") and ours is method:
                    setattr(store, name, _refusing(name, method))
        return store

    return filled


def _refusing(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    bodiless = getattr(method, "__isabstractmethod__", False)

    @wraps(method)
    def refusing(self: Any, *args: Any, **kwargs: Any) -> Any:
        if bodiless:
            raise self.lacking(name)
        try:
            return method(self, *args, **kwargs)
        except NotImplementedError:
            raise self.lacking(name) from None

    return refusing
