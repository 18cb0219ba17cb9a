"""The service: operations of the JSON API, objects of the XML API, batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tracklayer.emulators.gcs import batch, buckets, objects, routes
from tracklayer.emulators.gcs.downloads import downloaded
from tracklayer.emulators.gcs.errors import GcsError, answered, shaped
from tracklayer.emulators.gcs.routes import Route
from tracklayer.emulators.gcs.store import Described, Store
from tracklayer.emulators.gcs.uploads import Session, continued, inserted
from tracklayer.emulators.serving import Request, Response

_HANDLERS: Mapping[str, Callable[[Store, Route, Mapping[str, Any]], Described | None]] = {
    **objects.HANDLERS,
    **buckets.HANDLERS,
    "xml.deleteObject": objects.delete,
}


class Gcs:
    """Google Cloud Storage in memory.

    * `names`: buckets that are there from the start. `owner`: their project. `clock`: nanoseconds since 1970.
    * `numbered`: the number of a project by its id, as the service beside has it.
    * `takes(request)`: whether a request is for it; `named`, `respond`, `refusal`: as an `Emulator` asks its service.
    * It asks for no token: who has it in front decides who comes in.
    * `store`: what it holds, for tests that look or set behind its back.
    """

    def __init__(
        self,
        names: Callable[[], Iterable[str]],
        clock: Callable[[], int],
        *,
        owner: str,
        numbered: Callable[[str], str] = str,
    ) -> None:
        self._names, self._clock = names, clock
        self._owner, self._numbered = owner, numbered
        self.forget()

    def forget(self) -> None:
        """Drop all that it holds."""
        self._sessions: dict[str, Session] = {}
        self.store = Store(self._names(), self._numbered(self._owner), self._numbered, self._clock)

    def takes(self, request: Request) -> bool:
        """Whether a request is for GCS."""
        return routes.takes(request)

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation)."""
        return "storage", routes.route(request).operation

    def refusal(self, status: int, code: str, message: str) -> Response:
        """An error as the service shapes it."""
        return shaped(GcsError(status, code, message))

    def respond(self, request: Request, operation: str) -> Response:
        """The answer."""
        try:
            if operation == "batch":
                return batch.respond(request, lambda one: self.respond(one, self.named(one)[1]))
            with self.store.lock:
                return self._respond(request, routes.route(request))
        except GcsError as error:
            return shaped(error, text=operation in {"objects.download", "xml.getObject"})

    def _respond(self, request: Request, way: Route) -> Response:
        if way.operation in {"objects.download", "xml.getObject", "xml.headObject"}:
            return downloaded(self.store.blob(way.bucket, way.name, way.query), request)
        if way.operation == "xml.putObject":
            return self._put(request, way)
        answer = self._done(request, way)
        if isinstance(answer, Response):
            return answer
        return Response(204) if answer is None else answered(answer.described(_base(request)))

    def _done(self, request: Request, way: Route) -> Described | Response | None:
        if way.operation == "objects.insert":
            return inserted(self.store, self._sessions, way, request, _base(request))
        if way.operation == "objects.upload":
            return continued(self.store, self._sessions, way, request)
        handler = _HANDLERS.get(way.operation)
        if handler is None:
            raise GcsError(501, "notImplemented", f"tracklayer's emulator has no {request.method} {request.path}.")
        return handler(self.store, way, _given(request))

    def _put(self, request: Request, way: Route) -> Response:
        """An object by the XML API, whose preconditions are headers."""
        given = {"contentType": request.headers.get("content-type", "application/octet-stream")}
        match = request.headers.get("x-goog-if-generation-match")
        asked = {} if match is None else {"ifGenerationMatch": match}
        blob = self.store.put(way.bucket, way.name, request.body, given, asked)
        return Response(200, b"", {"ETag": blob.etag, "X-Goog-Generation": str(blob.generation)})


def _given(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise GcsError(400, "parseError", "Parse Error")
    return given


def _base(request: Request) -> str:
    """Scheme and host as the client has them: a real host name is reached by TLS."""
    host = request.headers.get("host", "")
    return f"{'https' if host.partition(':')[0].endswith('.googleapis.com') else 'http'}://{host}"
