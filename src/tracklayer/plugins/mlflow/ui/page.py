"""Page: MLflow's own page, with what it remembers of a browser set for runs and their metrics, where nothing is yet.

Without it a browser that comes for the first time sees the pages for language models, a quarter of them taken by an
assistant that is not served here, and a notice of telemetry that is not sent.
"""

from __future__ import annotations

import json
from pathlib import Path

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


def page() -> bytes | None:
    """The page; None where MLflow was installed without its pages."""
    from mlflow.server import app  # noqa: PLC0415 -- it reads the environment while it is imported

    file = Path(app.static_folder or "", "index.html")
    if not file.is_file():
        return None
    before, head, after = file.read_text(encoding="utf-8").partition("<head>")
    script = _SCRIPT.replace("SETTINGS", json.dumps(SETTINGS))
    return f"{before}{head}{script if head else ''}{after}".encode()
