"""Wrapper: every method reaches the driver inside, with what it was given, past one place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tracklayer.drivers.memory import MemoryDriver
from tracklayer.errors import Unsupported
from tracklayer.model import RunRef
from tracklayer.spi import OPTIONAL, Driver, Feature, Traits, Wrapper, native, never

METHODS = sorted(
    name for name, _ in inspect.getmembers(Driver, inspect.isfunction) if not name.startswith("_") and name != "close"
)
#: Methods that a driver answers without a call to its place: nothing of them is retried or traced.
KNOWN = {"console"}


class Echo(MemoryDriver):
    """Notes every call and what it was given, and answers with it."""

    def __getattribute__(self, name: str) -> Any:
        return partial(self.answer, name) if name in METHODS else super().__getattribute__(name)

    def answer(self, method: str, *given: Any) -> tuple[str, Any]:
        self.asked = (method, given)
        return self.asked


class Watched(Wrapper):
    """Notes what passes."""

    def __init__(self, inner: Driver) -> None:
        super().__init__(inner)
        self.passed: list[tuple[str, str]] = []

    def around(self, operation: str, on: str, call: Callable[[], Any]) -> Any:
        self.passed.append((operation, on))
        return call()


def given_to(method: str) -> list[Any]:
    """An argument for each parameter; the first may be asked for its id."""
    count = len(inspect.signature(getattr(Driver, method)).parameters) - 1
    return [RunRef(id="4f1c"), object(), object()][:count]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_reaches_the_driver_inside(method: str) -> None:
    inner, given = Echo(), given_to(method)
    wrapper = Watched(inner)
    answer = getattr(wrapper, method)(*given)
    assert inner.asked == (method, tuple(given))
    assert answer in (inner.asked, None)
    assert (answer is None) == (inspect.signature(getattr(Driver, method)).return_annotation == "None")
    assert [operation for operation, _ in wrapper.passed] == ([] if method in KNOWN else [method])


def test_a_wrapper_has_the_traits_and_the_url_of_the_driver_inside() -> None:
    inner = MemoryDriver.open("memory://inside")
    wrapper = Wrapper(Wrapper(inner))
    assert wrapper.traits is inner.traits
    assert wrapper.url == "memory://inside"
    wrapper.close()


def test_a_wrapper_opens_no_place() -> None:
    with pytest.raises(TypeError, match="Wrapper wraps a driver"):
        Wrapper.open("memory://x")


class Bare(Echo):
    """A driver that overrides nothing optional."""

    traits = Traits(
        provider="bare", claims={feature: native() for feature in Feature} | {Feature.DELETE: never("kept for ever")}
    )
    delete, restore = Driver.delete, Driver.restore
    put_artifact, open_artifact, list_artifacts = Driver.put_artifact, Driver.open_artifact, Driver.list_artifacts


@pytest.mark.parametrize("method", OPTIONAL)
def test_an_optional_method_that_is_not_there_refuses(method: str) -> None:
    bare = Bare(Bare.traits)
    with pytest.raises(Unsupported) as caught:
        getattr(Bare, method)(bare, *given_to(method))
    assert caught.value.feature == OPTIONAL[method].value
    assert caught.value.why == ("kept for ever" if method == "delete" else "not built in this driver")
