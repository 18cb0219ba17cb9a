"""What points at a run: the run itself, its id, or its URL."""

from __future__ import annotations

from typing import TypeAlias

from tracklayer.api.active_run import ActiveRun
from tracklayer.api.urls import is_run_url, split
from tracklayer.errors import InvalidInput
from tracklayer.model import Run, RunRef
from tracklayer.spi import Driver, open_driver

AnyRun: TypeAlias = Run | ActiveRun | str


def ref_of(driver: Driver, run: AnyRun) -> RunRef:
    """Points at a run of the driver's place. `InvalidInput` for a run that is said to be of another place."""
    if isinstance(run, Run):
        return run.ref
    text: object = run.url if isinstance(run, ActiveRun) else run
    if not isinstance(text, str) or not text:
        message = f"a run is given as a Run, an id or a URL, not as {text!r:.40}"
        raise InvalidInput(message)
    if not is_run_url(text):
        return RunRef(id=text)
    place, found = split(text)
    if place != driver.url and _place(place) != driver.url:
        message = f"{text!r} is a run of another place than {driver.url!r}: connect({place!r}) has it"
        raise InvalidInput(message)
    return RunRef(id=found)


def _place(url: str) -> str:
    """The URL that the driver itself gives to its place."""
    driver = open_driver(url)
    try:
        return driver.url
    finally:
        driver.close()
