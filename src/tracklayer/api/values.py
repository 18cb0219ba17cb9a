"""What users hand over as params, metrics and steps, as the values that the model keeps."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, SupportsFloat, TypeVar

from tracklayer.api.clock import GREATEST, LEAST
from tracklayer.errors import InvalidInput
from tracklayer.model import ParamValue

T = TypeVar("T")

#: numpy's kinds of dates and durations: their items lose nanoseconds, their texts do not.
DATES = ("m", "M")


def param_value(value: object) -> ParamValue:
    """A param's value.

    * Text, numbers and truth values stay what they are; those of numpy, torch and the like become Python's.
    * Anything else becomes its `str`, as MLflow does: `None` the text `None`, dates, paths and enums theirs.
    """
    value = plain(value)
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def param_values(params: Mapping[str, object]) -> dict[str, ParamValue]:
    """Params by key, each as `param_value` has it."""
    return {key: param_value(value) for key, value in items("params", params)}


def tag_values(tags: Mapping[str, object]) -> dict[str, str]:
    """Tags by key: text, and the `str` of anything else."""
    return {key: str(value) for key, value in items("tags", tags)}


def metric_value(key: str, value: object) -> float:
    """A metric's value: a number of any library, a truth value as 0 or 1. `InvalidInput` for what is no number."""
    value = plain(value)
    if isinstance(value, SupportsFloat) and not isinstance(value, (str, bytes)):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            message = f"metric {key!r}: {type(value).__name__} does not go into a 64-bit float: {error}"
            raise InvalidInput(message) from None
    message = f"metric {key!r} must be a number, not {type(value).__name__}"
    raise InvalidInput(message)


def step_number(step: object) -> int:
    """A step: a 64-bit integer, of any library; a float only when it is whole."""
    value = plain(step)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        said = repr(value) if isinstance(value, float) else type(value).__name__
        message = f"step must be a whole number, not {said}"
        raise InvalidInput(message)
    if not LEAST <= value <= GREATEST:
        message = f"step {value} does not go into 64 bits"
        raise InvalidInput(message)
    return int(value)


def items(what: str, given: Mapping[str, T]) -> list[tuple[str, T]]:
    """The pairs of a mapping. `InvalidInput` for anything else."""
    if not isinstance(given, Mapping):
        message = f"{what} must be a mapping such as {{'name': value}}, not {type(given).__name__}"
        raise InvalidInput(message)
    return list(given.items())


def plain(value: Any) -> Any:
    """What a scalar of numpy, torch, jax and the like holds; anything else, an array of several too, as it is."""
    item = getattr(value, "item", None)
    if not callable(item) or getattr(getattr(value, "dtype", None), "kind", "") in DATES:
        return value
    try:
        return item()
    except (TypeError, ValueError, RuntimeError):
        return value
