"""The base of every model: frozen, strict, and clear about what is wrong."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tracklayer.errors import InvalidInput

MOST_SHOWN = 3


class Model(BaseModel):
    """A frozen value. Unknown fields are refused, and NaN and infinities survive JSON (as strings)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=True,
        ser_json_inf_nan="strings",
        arbitrary_types_allowed=True,
    )

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise InvalidInput(_one_line(type(self).__name__, error)) from None


def _one_line(model: str, error: ValidationError) -> str:
    """`Batch.params.lr: should be a valid string`: the first few faults, never a value (it may be secret)."""
    faults: dict[str, str] = {}
    for fault in error.errors(include_input=False, include_url=False):
        where = ".".join(str(part) for part in fault["loc"][:2])
        faults.setdefault(where, fault["msg"])
    shown = [f"{model}.{where}: {says}" if where else f"{model}: {says}" for where, says in faults.items()]
    rest = len(shown) - MOST_SHOWN
    return "; ".join(shown[:MOST_SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
