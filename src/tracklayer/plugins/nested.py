"""Nested params as flat ones."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def flat(params: Mapping[Any, Any], between: str = "/") -> dict[str, Any]:
    """Params with their paths as keys: `{"a": {"b": 1}}` is `{"a/b": 1}`; of a list of mappings, each has its number.

    A mapping with nothing in it has no params. Data classes and namespaces are mappings too.
    """
    return dict(_leaves(params, "", between))


def _leaves(params: Mapping[Any, Any], above: str, between: str) -> Iterator[tuple[str, Any]]:
    for key, value in params.items():
        path = f"{above}{between}{key}" if above else str(key)
        inner = _mapping(value)
        if inner is not None:
            yield from _leaves(inner, path, between)
        else:
            yield path, value


def _mapping(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Namespace):
        return vars(value)
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return dict(enumerate(value))
    return None
