"""The base of every model: frozen, strict, and clear about what is wrong."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tracklayer.errors import InvalidInput

if TYPE_CHECKING:
    from typing_extensions import Self

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

    @classmethod
    def trusted(cls, fields: dict[str, Any]) -> Self:
        """A model of fields that are known to be right, all of them given: for what this library wrote itself.

        * Nothing is checked or copied, which takes a tenth of the time: a page of runs holds tens of thousands.
        """
        made = cls.__new__(cls)
        set_ = object.__setattr__  # it is frozen
        set_(made, "__dict__", fields)
        set_(made, "__pydantic_fields_set__", _names(cls))
        set_(made, "__pydantic_extra__", None)
        set_(made, "__pydantic_private__", None)
        return made

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise InvalidInput(_one_line(type(self).__name__, error)) from None

    #: As pydantic marks its own: else it comes back to Python for each value within another, which takes half the time.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # pydantic's own name for it

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **how: Any) -> Self:
        """The value of a JSON text. `InvalidInput`."""
        try:
            return super().model_validate_json(json_data, **how)
        except ValidationError as error:
            raise InvalidInput(_one_line(cls.__name__, error)) from None


@cache
def _names(model: type[Model]) -> set[str]:
    """The fields of a model: one set for all of its values, which are frozen and copy it when they are copied."""
    return set(model.model_fields)


def _one_line(model: str, error: ValidationError) -> str:
    """`Batch.params.lr: should be a valid string`: the first few faults, never a value (it may be secret)."""
    faults: dict[str, str] = {}
    for fault in error.errors(include_input=False, include_url=False):
        where = ".".join(str(part) for part in fault["loc"][:2])
        faults.setdefault(where, fault["msg"])
    shown = [f"{model}.{where}: {says}" if where else f"{model}: {says}" for where, says in faults.items()]
    rest = len(shown) - MOST_SHOWN
    return "; ".join(shown[:MOST_SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
