"""`/_emulator/...`: an emulator's log, knobs and faults over HTTP, for other processes.

======================== ===================================================================
request                   does
======================== ===================================================================
GET /_emulator/calls      the log, a list of objects
DELETE /_emulator/calls   forget it
GET /_emulator/counts     `service.Operation` -> number
GET /_emulator/knobs      all knobs
PUT /_emulator/knobs      change those that are named; answers all knobs
POST /_emulator/faults    a list of faults (`tracklayer.emulators.faults.Fault`)
DELETE /_emulator/faults  forget those still to come
POST /_emulator/reset     forget all state
======================== ===================================================================

* It asks for no signature and is not logged. Wrong input: 400 and `{"error": "one line"}`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tracklayer.emulators.faults import Fault
from tracklayer.emulators.serving import Request, Response
from tracklayer.errors import InvalidInput

if TYPE_CHECKING:
    from tracklayer.emulators.emulator import Emulator

PREFIX = "/_emulator/"


def administer(emulator: Emulator, request: Request) -> Response:
    """The answer to a request whose path begins with `PREFIX`."""
    try:
        return _answer(200, _done(emulator, request.method, request.path[len(PREFIX) :], request.body))
    except LookupError:
        return _answer(404, {"error": f"no {request.method} {request.path}: see tracklayer.emulators.admin"})
    except (InvalidInput, ValueError) as error:
        return _answer(400, {"error": str(error)})


def _done(emulator: Emulator, method: str, what: str, body: bytes) -> Any:
    match method, what:
        case "GET", "calls":
            return [asdict(call) for call in emulator.calls.all()]
        case "DELETE", "calls":
            emulator.calls.clear()
        case "GET", "counts":
            return emulator.calls.counts()
        case "GET", "knobs":
            return emulator.knobs.model_dump(mode="json")
        case "PUT", "knobs":
            changes = json.loads(body)
            if not isinstance(changes, dict):
                raise InvalidInput("knobs are changed by an object: name -> value")
            emulator.tune(**changes)
            return emulator.knobs.model_dump(mode="json")
        case "POST", "faults":
            given = json.loads(body)
            emulator.fault(*map(Fault.read, given if isinstance(given, list) else [given]))
        case "DELETE", "faults":
            emulator.faults.clear()
        case "POST", "reset":
            emulator.reset()
        case _:
            raise LookupError(what)
    return {}


def _answer(status: int, body: Any) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
