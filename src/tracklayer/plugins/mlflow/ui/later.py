"""Later: an app that is not there yet; who asks for it waits."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from tracklayer.plugins.mlflow.ui.asgi import App, Receive, Scope, Send, answer


class Later:
    """An ASGI app that another thread gives. Until it does, requests wait. `given`: it is there."""

    def __init__(self) -> None:
        self._app: Future[App | None] = Future()
        self.given = False

    def give(self, app: App | None) -> None:
        """Here it is. None: it will never be. What is given first stands."""
        with suppress(InvalidStateError):
            self._app.set_result(app)
            self.given = app is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a request, when there is somebody to."""
        # Shielded: who goes away meanwhile takes nothing from those who wait beside him.
        app = await asyncio.shield(asyncio.wrap_future(self._app))
        if app is None:
            ending = {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "this server ends"}
            await answer(send, 503, ending)
        else:
            await app(scope, receive, send)
