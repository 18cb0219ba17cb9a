"""What is there from the start, and what hosts are called."""

from __future__ import annotations

import re

#: The workspace that the environment leads to. A request to a loopback address is for it too.
HOST = "dbc-e0000000-0000.cloud.databricks.com"
USER = "emulator@example.com"
#: A volume of Unity Catalog.
VOLUME = "/Volumes/main/default/tracklayer"
#: The hosts of workspaces, on AWS, Azure and Google Cloud. Each host that is asked is a workspace of its own.
WORKSPACES = ("*.cloud.databricks.com", "*.azuredatabricks.net", "*.gcp.databricks.com")
#: Where signed URLs lead. The true ones are S3's, Blob storage's or Cloud Storage's, in accounts of Databricks' own:
#: a reserved domain keeps them apart from the other clouds' emulators (https://www.rfc-editor.org/rfc/rfc2606).
STORAGE = "databricks-storage.example"
LOOPBACK = frozenset({"127.0.0.1", "localhost", ""})
#: Where all files of runs lie.
TRACKING = "/databricks/mlflow-tracking"
#: The same files, as the Files API has them (mlflow/store/artifact/databricks_run_artifact_repo.py).
INTERNAL = re.compile(r"/WorkspaceInternal/Mlflow/Artifacts/(?P<experiment>[^/]+)/Runs/(?P<run>[^/]+)(?P<below>/.*)?")


def workspace_of(host: str) -> str:
    """The host of the workspace that a request is for."""
    return HOST if host in LOOPBACK else host


def cloud_of(host: str) -> str:
    """Whose machines a workspace runs on."""
    if host.endswith(".azuredatabricks.net"):
        return "azure"
    return "gcp" if host.endswith(".gcp.databricks.com") else "aws"
