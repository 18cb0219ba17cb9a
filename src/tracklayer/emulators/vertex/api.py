"""The two services as one: an operation by its name, whoever brought the request.

* `MetadataService`, `TensorboardService`, and the long-running operations beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tracklayer.emulators.vertex import boards, lineage, nodes, operations, points, stores
from tracklayer.emulators.vertex.core import Core, Handler
from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.knobs import Knobs
from tracklayer.emulators.vertex.messages import Message, kind
from tracklayer.emulators.vertex.rates import Rates

#: Service -> operation -> what it does.
SERVICES: Mapping[str, Mapping[str, Handler]] = {
    "MetadataService": {**stores.HANDLERS, **nodes.HANDLERS, **lineage.HANDLERS},
    "TensorboardService": {**boards.HANDLERS, **points.HANDLERS},
}
HANDLERS: Mapping[str, Handler] = {
    **operations.HANDLERS,
    **SERVICES["MetadataService"],
    **SERVICES["TensorboardService"],
}
#: Operations that answer with a stream.
STREAMS = frozenset({"ReadTensorboardBlobData"})


def request_kind(operation: str) -> Any:
    """The class of an operation's request."""
    return operations.request_kind(operation) if operation in operations.HANDLERS else kind(f"{operation}Request")


class Api:
    """The services of one emulator. `knobs`, `clock` (nanoseconds since 1970): as they are at the moment."""

    def __init__(self, knobs: Callable[[], Knobs], clock: Callable[[], int]) -> None:
        self.core = Core(knobs, clock)
        self._rates = Rates()

    def call(self, operation: str, asked: Message) -> Any:
        """The answer: a message, a list of them for a stream, None for nothing. Raises `ApiError`."""
        handler = HANDLERS.get(operation)
        if handler is None:
            raise ApiError("UNIMPLEMENTED", f"tracklayer's emulator has no {operation}.")
        core = self.core
        with core.lock:
            self._rates.take(operation, core.knobs, core.now() / 1e9)
            operations.settle(core)
            core.asking = operation
            return handler(core, asked)
