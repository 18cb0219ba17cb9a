"""Stage: emulators by name, the proxy before them, and the environment that leads a process to them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tracklayer.emulators.known import known
from tracklayer.errors import InvalidInput

if TYPE_CHECKING:
    from tracklayer.emulators.emulator import Emulator
    from tracklayer.emulators.proxy import Proxy

#: Servers of this machine, which no proxy has to be asked for.
NEAR = "127.0.0.1,localhost"


@dataclass(frozen=True)
class Stage:
    """Emulators that run.

    * `emulators`: by name. * `proxy`: before them, or None. * `places`: the tracklayer URL of each.
    * `environment`: the variables that a process needs. `hides`: patterns of those that it must not have.
    """

    emulators: Mapping[str, Emulator]
    proxy: Proxy | None
    places: Mapping[str, str]
    environment: Mapping[str, str]
    hides: tuple[str, ...]

    def hidden(self, variables: Mapping[str, str]) -> list[str]:
        """Those of some variables that must not be there."""
        patterns = self.hides
        return sorted(
            name
            for name in variables
            if name not in self.environment and any(fnmatchcase(name, pattern) for pattern in patterns)
        )

    def around(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The variables of a process that is led to the emulators, made from those it would have."""
        hidden = self.hidden(variables)
        return {name: text for name, text in variables.items() if name not in hidden} | dict(self.environment)

    def reset(self) -> None:
        """Begin anew: nothing is stored but what was there at first, nothing was asked, no fault is to come."""
        for name, emulator in self.emulators.items():
            emulator.reset()
            _prepare(name, emulator)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Lead this process, and what it starts, to the emulators. It ends as it was."""
        before = dict(os.environ)
        wanted = self.around(before)
        try:
            _become(wanted)
            yield
        finally:
            _become(before)


@contextmanager
def emulated(
    *names: str, knobs: Mapping[str, Any] | None = None, port: int = 0, direct: bool = False
) -> Iterator[Stage]:
    """Run the emulators of these names, with what their users expect to be there already.

    ::

        @pytest.fixture(scope="session")
        def stage():
            with emulated("sagemaker") as stage, stage.here():
                yield stage

    * `knobs`: how they behave; each is turned on the emulators that have it.
    * `port`: where the proxy listens, or with `direct` the one emulator; 0 for a free one.
    * `direct`: no proxy; the variables name the emulator's own address, which not every SDK heeds.
    * `InvalidInput`: no such emulator or knob, a port that is taken. `DriverMissing`: a package is not installed.
    """
    wanted = {name: known(name) for name in names}
    if not wanted:
        raise InvalidInput("name an emulator")
    if direct and len(wanted) > 1:
        raise InvalidInput(f"without the proxy there can be one emulator only, not {', '.join(wanted)}")
    if direct and not next(iter(wanted.values())).direct:
        raise InvalidInput(f"{names[0]} needs the proxy: its SDKs heed no variable for an address; leave --direct out")
    emulators = {name: one.make(port if direct else 0) for name, one in wanted.items()}
    _turn(emulators, knobs or {})
    with ExitStack() as stack:
        variables: dict[str, str] = {}
        places = {}
        for name, emulator in emulators.items():
            stack.enter_context(emulator)
            _prepare(name, emulator)
            own = {**wanted[name].sets, **emulator.environment()}
            places[name] = wanted[name].place(own)
            variables |= {**own, f"TRACKLAYER_EMULATOR_{name.upper()}": emulator.url}
        proxy = None
        if direct:
            beside = [*filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy")]), NEAR]
            variables |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(beside))
            for name, emulator in emulators.items():
                variables |= dict.fromkeys(wanted[name].direct, emulator.url)
        else:
            from tracklayer.emulators.proxy import Proxy  # noqa: PLC0415 -- it needs the extra

            proxy = stack.enter_context(Proxy(list(emulators.values()), port=port))
            variables |= proxy.environment()
        hides = tuple(pattern for one in wanted.values() for pattern in one.hides)
        yield Stage(emulators, proxy, places, variables, hides)


def _prepare(name: str, emulator: Emulator) -> None:
    known(name).prepare(emulator)
    emulator.calls.clear()


def _turn(emulators: Mapping[str, Emulator], knobs: Mapping[str, Any]) -> None:
    has = {name: emulator.known_knobs() for name, emulator in emulators.items()}
    for knob in knobs:
        if not any(knob in known for known in has.values()):
            there = "; ".join(f"{name} has {', '.join(sorted(known))}" for name, known in has.items())
            raise InvalidInput(f"no knob {knob!r}: {there}")
    for name, emulator in emulators.items():
        turned = {knob: value for knob, value in knobs.items() if knob in has[name]}
        if turned:
            emulator.tune(**turned)


def _become(variables: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    for name, text in variables.items():
        if os.environ.get(name) != text:
            os.environ[name] = text
