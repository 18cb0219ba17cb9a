"""Google's own messages, as plain protobuf: the classes behind `google.cloud.aiplatform_v1.types`.

* The package costs seconds and 100 MB to import: it is imported when the first message is asked for.
* A message is typed `Any`: its classes are made at run time, out of Google's descriptions.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

from tracklayer.errors import InvalidInput

Message: TypeAlias = Any


def library(name: str) -> Any:
    """A module of Google's packages, imported when it is first needed. Raises `InvalidInput`: it is not installed.

    * Most of them have no types, so what is in them is `Any`.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"the emulator of Vertex AI needs {error.name}: install it with: pip install 'tracklayer[emulators]'"
        ) from error


@cache
def kind(name: str) -> Any:
    """The class of a message by its name: `Context`, `CreateContextRequest`. KeyError: there is none."""
    found = getattr(library("google.cloud.aiplatform_v1.types"), name, None)
    if found is None:
        raise KeyError(name)
    return type(found.pb(found()))


def make(name: str, /, **fields: Any) -> Message:
    """A message with these fields."""
    return kind(name)(**fields)


def copied(message: Message) -> Message:
    """The same again, to be changed."""
    twin = type(message)()
    twin.CopyFrom(message)
    return twin


def set_time(stamp: Message, nanoseconds: int) -> None:
    """Let a Timestamp say this many nanoseconds since 1970."""
    stamp.seconds, stamp.nanos = divmod(nanoseconds, 1_000_000_000)


def time_of(stamp: Message) -> int:
    """Nanoseconds since 1970."""
    return int(stamp.seconds) * 1_000_000_000 + int(stamp.nanos)
