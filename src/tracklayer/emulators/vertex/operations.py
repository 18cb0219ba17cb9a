"""Long-running operations: done at once or later, asked for by `GetOperation`.

* https://google.aip.dev/151
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from tracklayer.emulators.vertex.core import Core, Handler
from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.messages import Message, copied, library, make, set_time

_MESSAGES = "google.longrunning.operations_pb2"


def submitted(
    core: Core,
    owner: str,
    metadata: str,
    result: Callable[[], Message | None],
    *,
    effect: Callable[[], None] | None = None,
) -> Message:
    """A new operation on `owner`.

    * `metadata`: its message's kind. * `result`: what its answer holds, made when it is done; None for nothing.
    * `effect`: what happens now, unless the knob `delete_shows` says: when it is done.
    """
    began = core.now()
    operation = library(_MESSAGES).Operation(name=f"{owner}/operations/{core.number()}")
    about = make(metadata)
    set_time(about.generic_metadata.create_time, began)
    set_time(about.generic_metadata.update_time, began)
    operation.metadata.Pack(about)
    late = effect if effect is not None and core.knobs.delete_shows == "when done" else None
    if effect is not None and late is None:
        effect()

    def finish() -> None:
        if late is not None:
            late()
        _finished(operation, result())

    core.operations[operation.name] = operation
    core.pending[operation.name] = (began + int(core.knobs.operation_delay * 1e9), finish)
    settle(core)
    return copied(operation)


def settle(core: Core) -> None:
    """Carry out the operations whose time has come."""
    if core.pending:
        now = core.now()
        for name, (due, finish) in list(core.pending.items()):
            if due <= now:
                del core.pending[name]
                finish()


def _finished(operation: Message, result: Message | None) -> None:
    operation.response.Pack(library("google.protobuf.empty_pb2").Empty() if result is None else result)
    operation.done = True


def get_operation(core: Core, asked: Message) -> Message:
    """GetOperation."""
    return copied(_found(core, asked))


def wait_operation(core: Core, asked: Message) -> Message:
    """WaitOperation: for a moment, then as it is; the caller asks again."""
    waited = _found(core, asked)
    if waited.name in core.pending:
        left = (core.pending[waited.name][0] - core.now()) / 1e9
        core.lock.release()
        try:
            threading.Event().wait(min(1.0, max(0.0, left)))
        finally:
            core.lock.acquire()
        settle(core)
    return copied(waited)


def list_operations(core: Core, asked: Message) -> Message:
    """ListOperations of a location or of a resource."""
    owner = core.name(asked.name)
    found = [one for one in core.operations.values() if one.name.startswith(f"{owner}/")]
    return library(_MESSAGES).ListOperationsResponse(operations=found)


def delete_operation(core: Core, asked: Message) -> None:
    """DeleteOperation: forget it; what it does goes on."""
    _found(core, asked)


def cancel_operation(core: Core, asked: Message) -> None:
    """CancelOperation: as good as it can, which is not at all."""
    _found(core, asked)


def _found(core: Core, asked: Message) -> Message:
    name = core.name(asked.name)
    if name not in core.operations:
        raise ApiError("NOT_FOUND", f"Operation {name} not found.")
    return core.operations[name]


HANDLERS: Mapping[str, Handler] = {
    "GetOperation": get_operation,
    "WaitOperation": wait_operation,
    "ListOperations": list_operations,
    "DeleteOperation": delete_operation,
    "CancelOperation": cancel_operation,
}


def request_kind(operation: str) -> Any:
    """The class of such a request."""
    return getattr(library(_MESSAGES), f"{operation}Request")
