"""Target: one driver as the suite sees it, and all that the suite must know of where it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from tracklayer.spi import Driver

#: What a provider does with one more than a limit of it, when it is asked all the same:
#: it answers with an error, stores a part and says nothing, or does not hold the limit after all.
Beyond: TypeAlias = Literal["refused", "truncated", "kept"]


@dataclass(frozen=True)
class Gap:
    """What the stand-in of a provider lacks, so that a test cannot pass on it.

    * `test`: the test's name with its file, `test_points.py::test_negative_steps`; all its parameters.
    * `why`: what is missing, and where it is said (a link).
    """

    test: str
    why: str


def gap(test: str, why: str) -> Gap:
    """The test fails on this target because of its stand-in: it is expected to fail, and must."""
    return Gap(test, why)


class Target(ABC):
    """One driver under test. Subclass it, and give the instance to `--target your.module:TARGET`.

    * `start` is called once a session, by the process that pytest was started as. With xdist, `join` is called in
      every worker with what `start` gave: an address, a folder.
    * `open` gives a bare driver on an empty place, or on one where names of the suite's own are not taken.
    """

    #: As it stands in the names of the tests.
    name: str
    #: What `start` gave, between `join` and `stop`.
    where: str = ""
    #: The URL of a real account's place, given with `--live`: `open` opens it, and `start` starts nothing.
    live: str | None = None
    #: Can another process open the same place by its URL?
    processes: bool = False
    #: How many examples the state machine plays, of how many calls each.
    effort: tuple[int, int] = (80, 25)
    #: What the provider does beyond a limit, by the field's name in `Limits` or `Names`: refused, if not said here.
    beyond: Mapping[str, Beyond] = MappingProxyType({})
    #: Tests that its stand-in cannot pass yet.
    gaps: tuple[Gap, ...] = ()

    def start(self) -> str:
        """Start what the target needs, a server say; what is given is all that `join` gets to know."""
        return ""

    def join(self, where: str) -> None:
        """Take up what `start` gave, in this process or another."""
        self.where = where

    def stop(self) -> None:
        """End what `start` began."""
        self.where = ""

    @abstractmethod
    def open(self) -> Driver:
        """The bare driver. The suite closes it."""

    def again(self, driver: Driver) -> Driver:
        """Another driver on the same place, as another process would open it."""
        return type(driver).open(driver.url)

    def environment(self) -> Mapping[str, str]:
        """What another process must find in its environment to open the place, credentials say."""
        return {}

    def requests(self) -> int | None:
        """How many requests the provider has been sent so far; None where nobody counts."""
        return None

    def __repr__(self) -> str:
        return self.name
