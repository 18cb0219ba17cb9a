"""Pages: MLflow's own page and its scripts, read from where it is installed, before it is imported.

The page is given a script that sets what it remembers of a browser for runs and their metrics, where nothing is yet.
Without it a browser that comes for the first time sees the pages for language models, a quarter of them taken by an
assistant that is not served here, and a notice of telemetry that is not sent.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from tracklayer.plugins.mlflow.ui.asgi import App, Receive, Scope, Send, answer, send_all

#: MLflow's settings in a browser (localStorage) -> what they are at first. Seen in MLflow 3.15; others heed none of it.
SETTINGS = {
    "mlflow.workflowType_v1": '"machine_learning"',
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
    "mlflow.assistant.panelOpen_v1": "false",
    "mlflow.settings.telemetry.enabled_v1": "false",
    "mlflow.telemetry.info.alert.dismissed_v1": "true",
    "mlflow.detectIssues.guidanceShown_v1": "true",
    "_mlflow_model_registry_promo_modal_dismissed_v1": "true",
    "mlflow.home.getting-started.collapsed_v1": "true",
}
_SCRIPT = """<script>for (const [name, text] of Object.entries(SETTINGS))
  if (localStorage.getItem(name) === null) localStorage.setItem(name, text);</script>"""


#: Where MLflow's server has them, below its package; and below which path its page asks for its scripts.
BUILT, SCRIPTS = ("server", "js", "build"), "/static-files"


class Pages:
    """An ASGI app: the page, and the files that it asks for. `folder`: where they are."""

    def __init__(self, folder: Path) -> None:
        self._page = _set((folder / "index.html").read_text(encoding="utf-8"))
        self._files = StaticFiles(directory=folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for one of them."""
        if scope["path"] == "/":
            await send_all(send, 200, b"text/html; charset=utf-8", self._page, (b"cache-control", b"no-cache"))
            return
        try:
            below = {**scope, "path": scope["path"].removeprefix(SCRIPTS), "root_path": ""}
            await self._files(below, receive, send)
        except HTTPException as error:
            await answer(send, error.status_code, {"error_code": "ENDPOINT_NOT_FOUND", "message": "no such file"})


def pages() -> App | None:
    """MLflow's pages; None where it was installed without them."""
    found = find_spec("mlflow")
    for package in [] if found is None else found.submodule_search_locations or ():
        folder = Path(package, *BUILT)
        if (folder / "index.html").is_file():
            return Pages(folder)
    return None


def _set(text: str) -> bytes:
    before, head, after = text.partition("<head>")
    script = _SCRIPT.replace("SETTINGS", json.dumps(SETTINGS))
    return f"{before}{head}{script if head else ''}{after}".encode()
