"""The two kinds of managed MLflow servers, and how a request says which one it is for.

Of the official plugin, sagemaker-mlflow 0.5.0: mlflow_sagemaker_helpers.py, auth_provider.py and
mlflow_sagemaker_request_header_provider.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind. `host`: a pattern with the group `region`. `service`: what signatures name. `header`: has the ARN."""

    name: str
    host: re.Pattern[str]
    service: str
    header: str


TRACKING_SERVER = Kind(
    "mlflow-tracking-server",
    re.compile(r"(?:t-[a-z0-9]+\.)?(?P<region>[a-z0-9-]+)\.experiments\.sagemaker\.aws"),
    "sagemaker-mlflow",
    "x-mlflow-sm-tracking-server-arn",
)
APP = Kind(
    "mlflow-app",
    re.compile(r"mlflow\.sagemaker\.(?P<region>[a-z0-9-]+)\.app\.aws"),
    "sagemaker",
    "x-sm-mlflow-app-arn",
)
KINDS = (TRACKING_SERVER, APP)
#: The same hosts as the proxy takes them (fnmatch).
HOSTS = ("*.experiments.sagemaker.aws", "mlflow.sagemaker.*.app.aws")
