"""Ends: the two places of a migration, as a task finds them in its own thread, process or machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from threading import Event
from typing import Protocol

from tracklayer.api import Client, connect
from tracklayer.errors import InvalidInput, MigrationError
from tracklayer.spi import Driver


class Ends(Protocol):
    """Where a task reads, and where it writes."""

    def drivers(self) -> tuple[Driver, Driver]:
        """The source and the target, with all their layers."""

    def go_on(self) -> None:
        """Is asked now and then by what takes long: raises when the work is to end."""


@dataclass(frozen=True)
class Here:
    """Both places in this process."""

    source: Driver
    target: Driver
    over: Event = field(default_factory=Event)

    def drivers(self) -> tuple[Driver, Driver]:
        """As they are."""
        return self.source, self.target

    def go_on(self) -> None:
        """Not after the end."""
        if self.over.is_set():
            message = "the migration was broken off"
            raise MigrationError(message)


@dataclass(frozen=True)
class Elsewhere:
    """Both places by their URLs: each process of a cluster connects once."""

    source: str
    target: str

    def drivers(self) -> tuple[Driver, Driver]:
        """Of this process."""
        return _connected(self.source), _connected(self.target)

    def go_on(self) -> None:
        """A cluster ends its own tasks."""


def ends_of(here: Client, there: Client, *, here_only: bool) -> Ends:
    """Both places, for tasks that stay in this process (`here_only`), or else go elsewhere, by their URLs."""
    if here_only:
        return Here(here.driver, there.driver)
    for client in (here, there):
        if not client.driver.lasting:
            message = f"{client.url} is in this process only: an engine that works elsewhere cannot reach it"
            raise InvalidInput(message)
    return Elsewhere(here.url, there.url)


@lru_cache(maxsize=8)
def _connected(url: str) -> Driver:
    return connect(url).driver
