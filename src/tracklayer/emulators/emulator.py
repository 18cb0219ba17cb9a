"""What every emulator is: one port, a log, knobs, faults, and fake credentials for its users.

* A request goes: admin? -> which operation is it? -> does a fault meet it? -> the service answers -> the log.
* Nothing listens on anything but 127.0.0.1, and nothing asks another host.
"""

from __future__ import annotations

import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from tracklayer.emulators.admin import PREFIX, administer
from tracklayer.emulators.calls import Call, CallLog
from tracklayer.emulators.faults import Fault, Faults
from tracklayer.emulators.serving import Disconnected, Request, Response, Server
from tracklayer.errors import InvalidInput

if TYPE_CHECKING:
    from typing_extensions import Self


class Emulator(ABC):
    """A cloud's service on loopback, serving while it is entered.

    * `name`: the provider, as in a URL. * `hosts`: patterns (fnmatch) of the real host names it stands for.
    * `url`: `http://127.0.0.1:PORT`, once started. * `calls`: what it was asked. * `knobs`: how it behaves.
    """

    name: str
    hosts: tuple[str, ...]

    def __init__(self, knobs: BaseModel, *, port: int = 0) -> None:
        self.knobs = knobs
        self.calls = CallLog()
        self.faults = Faults()
        self.url = ""
        self.stopping = threading.Event()
        self._port = port
        self._server: Server | None = None

    # -- what an emulator says of its own service

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The variables its users need: fake credentials, region. Not the address: that is for the caller to give."""

    @abstractmethod
    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation) of a request, as the log has it; told by what is asked, not by whether it is right."""

    @abstractmethod
    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:
        """The service's own answer, errors too. `fault`: one of kind `point`, which is the operation's to carry out."""

    @abstractmethod
    def refusal(self, service: str, status: int, code: str, message: str) -> Response:
        """An error in the shape of the service."""

    @abstractmethod
    def forget(self) -> None:
        """Drop all state of the service."""

    def warm(self) -> None:  # noqa: B027 -- most have nothing of the kind
        """Begin with what takes seconds and is needed by most users; nothing has to be waited for."""

    # -- running it

    def start(self) -> None:
        """Serve from now on. Raises `InvalidInput` where the port is not to be had."""
        if self._server is None:
            self.stopping.clear()
            try:
                self._server = Server(self._handle, self._port)
            except (OSError, OverflowError) as error:
                raise InvalidInput(f"cannot listen on 127.0.0.1:{self._port}: {error}") from error
            self.url = self._server.url
            self._server.start()

    def stop(self) -> None:
        """Serve no more, and drop all state."""
        if self._server is not None:
            self.stopping.set()
            self._server.stop()
            self._server = None
            self.forget()

    def reset(self) -> None:
        """Drop all state, the log, and faults still to come. Knobs stay."""
        self.forget()
        self.calls.clear()
        self.faults.clear()

    def tune(self, **changes: Any) -> None:
        """Turn some knobs, from the next request on. Raises `InvalidInput`."""
        kind = type(self.knobs)
        for name in changes:
            if name not in kind.model_fields:
                raise InvalidInput(f"{self.name} has no knob {name!r}; it has {', '.join(sorted(kind.model_fields))}")
        try:
            self.knobs = kind.model_validate({**self.knobs.model_dump(), **changes})
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInput(f"knob {first['loc'][0]}={first['input']!r}: {first['msg']}") from None

    def known_knobs(self) -> dict[str, str]:
        """Name -> what the knob does."""
        return {name: field.description or "" for name, field in type(self.knobs).model_fields.items()}

    def fault(self, *faults: Fault) -> None:
        """Let these faults happen."""
        self.faults.add(faults)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    # -- one request

    def _handle(self, request: Request) -> Response:
        if request.path.startswith(PREFIX):
            return administer(self, request)
        begun = time.perf_counter()
        service, operation = self.named(request)
        status, code = 0, ""
        try:
            response = self._answered(request, service, operation)
            status, code = response.status, response.code
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 -- our own mistake: said where it shows, in the service's shape
            traceback.print_exc()
            status, code = 500, "InternalFailure"
            response = self.refusal(service, status, code, f"tracklayer's emulator failed: {error!r}")
        finally:
            taken = time.perf_counter() - begun
            self.calls.add(Call(service, operation, request.host, status, code, taken, len(request.body)))
        return response

    def _answered(self, request: Request, service: str, operation: str) -> Response:
        fault = self.faults.take(service, operation)
        kind = None if fault is None else fault.kind
        if fault is not None and kind in {"drop-before", "reset"}:
            raise Disconnected(reset=kind == "reset")
        if fault is not None and kind == "slow":
            self.stopping.wait(fault.seconds)
        if fault is not None and kind == "answer":
            refusal = self.refusal(service, fault.status, fault.code, fault.message)
            headers = {**refusal.headers, **fault.headers}
            return Response(refusal.status, refusal.body, headers, refusal.code)
        response = self.respond(request, service, operation, fault if kind == "point" else None)
        if kind == "drop-after":
            raise Disconnected
        return response
