"""Many things tried at once, because each request to a server costs: and still the one that fails is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from operator import eq
from typing import TypeVar

import pytest
from contract_tests.place import Place
from contract_tests.samples import shown

from tracklayer.errors import ProviderError, TracklayerError, Unsupported
from tracklayer.model import Batch, Run

T = TypeVar("T")
V = TypeVar("V")

#: Few enough for a narrow provider to hold them by itself: none is kept elsewhere only because others stand beside it.
FEW = 6


def few(things: Iterable[T]) -> Iterator[list[T]]:
    """The things, a run's worth at a time."""
    rest = iter(things)
    while part := list(islice(rest, FEW)):
        yield part


@contextmanager
def trying(thing: object) -> Iterator[None]:
    """What fails in the block fails at this thing, and says so. A refusal stays one."""
    try:
        yield
    except ProviderError as error:
        pytest.fail(f"at {shown(thing)}: {error!r}")


@contextmanager
def refusing(thing: object, *errors: type[TracklayerError]) -> Iterator[None]:
    """The block must end in one of the errors; what is taken all the same is named."""
    try:
        yield
    except errors:
        return
    pytest.fail(f"{shown(thing)} is not refused")


def write_each(place: Place, run: Run, batches: Mapping[str, Batch]) -> None:
    """Write the batches as one. Where that is refused, each alone must be; where it fails, the culprit is named."""
    parts = batches.values()
    whole = Batch(
        params=dict(chain.from_iterable(part.params.items() for part in parts)),
        tags=dict(chain.from_iterable(part.tags.items() for part in parts)),
        points=tuple(chain.from_iterable(part.points for part in parts)),
        inputs=tuple(chain.from_iterable(part.inputs for part in parts)),
    )
    try:
        place.driver.write(run.ref, whole)
    except Unsupported:
        for name, part in batches.items():
            with refusing(name, Unsupported):
                place.driver.write(run.ref, part)
        raise
    except ProviderError:
        for name, part in batches.items():
            with trying(name):
                place.driver.write(run.ref, part)
        raise


def unlike(read: Mapping[str, V], written: Mapping[str, V], alike: Callable[[V, V], bool] = eq) -> dict[str, str]:
    """What came back otherwise than it was written, by name, in words: nothing, if all is well."""
    told = {}
    for name in {**written, **read}:
        if name not in read:
            told[name] = f"{shown(written[name])} is lost"
        elif name not in written:
            told[name] = f"{shown(read[name])} is there, and nobody wrote it"
        elif not alike(read[name], written[name]):
            told[name] = f"{shown(written[name])} came back as {shown(read[name])}"
    return told
