"""MetricSummary: a metric in short."""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


class MetricSummary(msgspec.Struct, frozen=True, gc=False):
    """A metric in short. `last` is the value at the highest (step, time); min, max and count are None where unknown.

    * `last_time`: nanoseconds since 1970 UTC. * NaN takes no part in min and max.
    * A struct, for a page of runs holds tens of thousands: it takes a tenth of a model's time. Types are not checked
      when one is made; in a model and in JSON it is what a model would be.
    """

    last: float
    last_step: int
    last_time: int
    min: float | None = None
    max: float | None = None
    count: int | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """What pydantic makes of one: itself, or the checked fields of a mapping."""
        del source, handler
        number, whole = core_schema.float_schema(allow_inf_nan=True), core_schema.int_schema()
        kinds = {"last": number, "last_step": whole, "last_time": whole, "min": number, "max": number, "count": whole}
        needed = {"last", "last_step", "last_time"}
        fields = {
            name: core_schema.typed_dict_field(
                kind if name in needed else core_schema.nullable_schema(kind), required=name in needed
            )
            for name, kind in kinds.items()
        }
        given = core_schema.typed_dict_schema(fields, extra_behavior="forbid")
        made = core_schema.no_info_after_validator_function(lambda found: cls(**found), given)
        return core_schema.json_or_python_schema(
            json_schema=made,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), made]),
            serialization=core_schema.plain_serializer_function_ser_schema(msgspec.structs.asdict, return_schema=given),
        )
