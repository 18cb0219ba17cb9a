"""Cost: what runs took, from their durations and a price list of the user's."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from tracklayer.compare.align import Row
from tracklayer.errors import InvalidInput
from tracklayer.layers.fitting.texts import spelt
from tracklayer.model import Model

HOUR = 3_600
#: The entry for every run that no other is for.
ANY = "*"
#: Where a run says on which machine it ran, unless the price list says otherwise.
MACHINE = ("machine", "machine_type", "instance_type", "vm_size", "node_type")


class Prices(Model):
    """What an hour costs.

    * `currency`: as `EUR`. `per_hour`: entry -> price. An entry is a machine type (`ml.g5.xlarge`), a tag or param with
      its value (`tags.team=vision`, `params.gpus=8`), or `*`: whatever else.
    * A run takes the first entry with a tag or param that it has; else that of its machine; else `*`; else none.
    * `machine`: the tags or params that say on which machine a run ran, the first that a run has.
    """

    currency: str = Field(min_length=1)
    per_hour: Mapping[str, float]
    machine: tuple[str, ...] = tuple(f"{kind}.{name}" for kind in ("tags", "params") for name in MACHINE)


@dataclass(frozen=True)
class Cost:
    """What a run took. `seconds` at the price of `entry`; `until_now`: it still runs, and has taken this so far."""

    amount: float
    currency: str
    seconds: float
    entry: str
    until_now: bool = False


def prices(path: str | os.PathLike[str]) -> Prices:
    """The price list in a TOML or JSON file. `InvalidInput` for one that is not right.

    ::

        currency = "EUR"
        [per_hour]
        "ml.g5.xlarge" = 1.41
        "tags.team=vision" = 2.5
        "*" = 0.4
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        given = _toml(text) if file.suffix.lower() == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:  # both parsers' errors are ValueErrors
        message = f"the price list {file} cannot be read: {' '.join(str(error).split())}"
        raise InvalidInput(message) from None
    if not isinstance(given, dict):
        message = f"the price list {file} must have `currency` and `per_hour`"
        raise InvalidInput(message)
    try:
        listed = Prices(**given)
    except InvalidInput as error:
        message = f"the price list {file}: {error}"
        raise InvalidInput(message) from None
    for entry, price in listed.per_hour.items():
        if not 0 <= price < float("inf"):
            message = f"the price list {file}: the price of {entry!r} must be a number from 0, not {price}"
            raise InvalidInput(message)
    return listed


def _toml(text: str) -> Any:
    try:
        tomllib = importlib.import_module("tomllib")
    except ModuleNotFoundError:
        message = "Python before 3.11 reads no TOML: write it as JSON"
        raise ValueError(message) from None
    return tomllib.loads(text)


def cost(row: Row, listed: Prices, seconds: float | None, *, until_now: bool) -> Cost | None:
    """What a run took, so far if it still runs; None where no entry is for it, or its duration is not known."""
    entry = _entry(row, listed)
    if entry is None or seconds is None:
        return None
    amount = listed.per_hour[entry] * seconds / HOUR
    return Cost(amount=amount, currency=listed.currency, seconds=seconds, entry=entry, until_now=until_now)


def _entry(row: Row, listed: Prices) -> str | None:
    for entry in listed.per_hour:
        field, sign, wanted = entry.partition("=")
        if sign and _value(row, field) == wanted:
            return entry
    machine = next((found for field in listed.machine if (found := _value(row, field)) is not None), None)
    if machine in listed.per_hour:
        return machine
    return ANY if ANY in listed.per_hour else None


def _value(row: Row, field: str) -> str | None:
    """The text of a tag or param: `tags.team`."""
    kind, _, key = field.partition(".")
    held: Mapping[str, Any] = {"tags": row.run.tags, "params": row.run.params}.get(kind, {})
    return spelt(held[key]) if key in held else None
