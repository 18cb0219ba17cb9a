"""Errors: ours, as MLflow raises them, with the codes that its own stores give."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes

from tracklayer import errors

F = TypeVar("F", bound=Callable[..., Any])

#: Ours -> MLflow's code; the first that fits.
CODES = (
    (errors.InvalidInput, codes.INVALID_PARAMETER_VALUE),
    (errors.Unsupported, codes.NOT_IMPLEMENTED),
    (errors.NotFound, codes.RESOURCE_DOES_NOT_EXIST),
    (errors.AlreadyExists, codes.RESOURCE_ALREADY_EXISTS),
    (errors.Conflict, codes.INVALID_PARAMETER_VALUE),
    (errors.Unauthenticated, codes.UNAUTHENTICATED),
    (errors.PermissionDenied, codes.PERMISSION_DENIED),
    (errors.RateLimited, codes.REQUEST_LIMIT_EXCEEDED),
    (errors.QuotaExceeded, codes.RESOURCE_LIMIT_EXCEEDED),
    (errors.Unavailable, codes.TEMPORARILY_UNAVAILABLE),
    (errors.Timeout, codes.TEMPORARILY_UNAVAILABLE),
)


def answering(method: F) -> F:
    """A method that MLflow calls: our errors leave it as MLflow's, with ours as their cause."""

    @wraps(method)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except errors.TracklayerError as error:
            code = next((code for kind, code in CODES if isinstance(error, kind)), codes.INTERNAL_ERROR)
            raise MlflowException(str(error), error_code=code) from error

    return cast("F", wrapped)


def refused(message: str, code: int = codes.INVALID_PARAMETER_VALUE) -> MlflowException:
    """An error of MLflow's with this message."""
    return MlflowException(message, error_code=code)


def absent(message: str) -> MlflowException:
    """An error of MLflow's: there is no such thing."""
    return MlflowException(message, error_code=codes.RESOURCE_DOES_NOT_EXIST)
