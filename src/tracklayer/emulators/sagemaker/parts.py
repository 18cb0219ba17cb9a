"""A part: more operations and more hosts for the emulator, from elsewhere (`sagemaker/managed`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tracklayer.emulators.serving import Request, Response


class Host(Protocol):
    """What a part may ask of the emulator it is a part of. `secrets`: key id -> secret."""

    url: str

    @property
    def secrets(self) -> Mapping[str, str]:
        """The access keys that are good."""

    def environment(self) -> Mapping[str, str]:
        """Fake credentials and the region."""


class Part(Protocol):
    """What the emulator asks of a part.

    * `operations`: of the control plane, by their names: `(region's name, asked) -> answer`; input is valid by then,
      and they raise `AwsError`. * `hosts`: patterns (fnmatch) of the hosts of its data plane.
    """

    @property
    def hosts(self) -> tuple[str, ...]:
        """Patterns of hosts."""

    @property
    def operations(self) -> Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]]:
        """The operations of the control plane."""

    def attach(self, host: Host) -> None:
        """Become a part of that emulator."""

    def takes(self, request: Request) -> bool:
        """Is it for the part's data plane?"""

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation) of such a request, for the log."""

    def respond(self, request: Request) -> Response:
        """The data plane's answer. The part checks signatures itself."""

    def forget(self) -> None:
        """Drop all state; called at every reset and at the end."""
