"""What is asked, by whom, of which workspace, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from tracklayer.emulators.databricks.errors import ApiError
from tracklayer.emulators.databricks.knobs import Knobs
from tracklayer.emulators.databricks.workspace import Workspace
from tracklayer.emulators.serving import Request


@dataclass(frozen=True)
class Asking:
    """A request that was let in.

    * `operation`: as the log has it. * `user`: whoever asks. * `now`: seconds since 1970.
    * `near`: the emulator's own address, for whoever asked it without the proxy.
    """

    request: Request
    operation: str
    workspace: Workspace
    user: str
    knobs: Knobs
    now: float
    near: str | None

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The JSON of its body, and its query. Raises `ApiError`."""
        return {**self.query, **parsed(self.request.body)}

    @property
    def query(self) -> Mapping[str, str]:
        """Its query."""
        return {name: values[0] for name, values in parse_qs(self.request.query, keep_blank_values=True).items()}


def parsed(body: bytes) -> Mapping[str, Any]:
    """The JSON of a body. Raises `ApiError`."""
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError(400, "MALFORMED_REQUEST", f"Could not parse request object: {error}") from None
    if not isinstance(found, dict):
        raise ApiError(400, "MALFORMED_REQUEST", "Could not parse request object: not an object")
    return found
