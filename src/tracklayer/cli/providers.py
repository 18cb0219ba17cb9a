"""Providers: every registered driver's class, once, with its URL schemes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tracklayer.errors import DriverMissing, InvalidInput
from tracklayer.spi import Driver, driver_class, schemes


@dataclass(frozen=True)
class Provider:
    """A driver that could be loaded, or (`driver` is None) what it lacks."""

    name: str
    schemes: tuple[str, ...]
    driver: type[Driver] | None
    lacks: str = ""


def providers(only: str | None = None) -> list[Provider]:
    """All of them by name, or the one of that name or scheme. `InvalidInput` when there is none."""
    found = {provider.name: provider for provider in _found()}
    if only is None:
        return [found[name] for name in sorted(found)]
    chosen = [provider for provider in found.values() if only == provider.name or only in provider.schemes]
    if not chosen:
        message = f"no provider {only!r}: there are {', '.join(sorted(found))}"
        raise InvalidInput(message)
    return chosen


def _found() -> Iterator[Provider]:
    loaded: dict[type[Driver], list[str]] = {}
    missing: dict[str, dict[str, str]] = {}
    for scheme in schemes():
        driver = _loaded(scheme)
        if isinstance(driver, DriverMissing):
            missing.setdefault(scheme.partition("+")[0], {})[scheme] = str(driver)
        else:
            loaded.setdefault(driver, []).append(scheme)
    for name, lacks in missing.items():
        yield Provider(name, tuple(lacks), None, next(iter(lacks.values())))
    for driver, served in loaded.items():
        yield Provider(driver.traits.provider, tuple(served), driver)


def _loaded(scheme: str) -> type[Driver] | DriverMissing:
    try:
        return driver_class(scheme)
    except DriverMissing as error:
        return error
