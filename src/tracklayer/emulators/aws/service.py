"""A service's own description of itself: botocore's `service-2.json`, as shapes that can be checked.

* The vendor's file is the law; nothing here is typed off from it.
* botocore is imported when the first shape is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any


@dataclass(frozen=True)
class Shape:
    """One shape. `raw`: as the file has it, with `type`, `min`, `max`, `pattern`, `enum`, `required`."""

    service: Service
    name: str
    raw: Mapping[str, Any]

    @cached_property
    def kind(self) -> str:
        """`structure`, `list`, `map`, or the kind of a scalar: `string`, `integer`, `double`, `timestamp` and so on."""
        return str(self.raw["type"])

    @cached_property
    def members(self) -> dict[str, Shape]:
        """The members of a structure."""
        return {name: self.service.shape(member["shape"]) for name, member in self.raw.get("members", {}).items()}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The members that a structure must have."""
        return tuple(self.raw.get("required", ()))

    @cached_property
    def item(self) -> Shape:
        """What a list holds, or the values of a map."""
        return self.service.shape(self.raw["member" if self.kind == "list" else "value"]["shape"])

    @cached_property
    def key(self) -> Shape:
        """The keys of a map."""
        return self.service.shape(self.raw["key"]["shape"])

    @cached_property
    def constraints(self) -> tuple[tuple[str, Any], ...]:
        """The rules in the order in which AWS words them: (`max` | `min` | `pattern` | `enum`, its argument)."""
        return tuple((rule, self.raw[rule]) for rule in ("max", "min", "pattern", "enum") if rule in self.raw)


class Service:
    """A service by its botocore name (`sagemaker`, `sagemaker-metrics`)."""

    def __init__(self, name: str) -> None:
        from botocore.loaders import Loader  # noqa: PLC0415 -- an SDK is imported late

        self.name = name
        self._model: Mapping[str, Any] = Loader().load_service_model(name, "service-2")
        self._shapes: dict[str, Shape] = {}

    def input_of(self, operation: str) -> Shape | None:
        """What an operation takes; None where there is no such operation."""
        described = self._model["operations"].get(operation)
        if described is None:
            return None
        return (
            self.shape(described["input"]["shape"]) if "input" in described else Shape(self, "", {"type": "structure"})
        )

    def shape(self, name: str) -> Shape:
        """A shape by its name."""
        known = self._shapes.get(name)
        if known is None:
            known = self._shapes.setdefault(name, Shape(self, name, self._model["shapes"][name]))
        return known


@lru_cache(maxsize=8)
def service(name: str) -> Service:
    """The service, its file read once."""
    return Service(name)
