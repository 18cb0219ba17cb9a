"""A real MLflow server on SQLite, one for the session, shared by all workers."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from contract_tests.servers.mlflow_server import running_server
from contract_tests.targets.base import Beyond, Target

from tracklayer.spi import Driver, open_driver


class MlflowTarget(Target):
    """`mlflow+http://127.0.0.1:PORT`."""

    name = "mlflow"
    processes = True
    effort = (15, 15)
    beyond: Mapping[str, Beyond] = MappingProxyType(
        {
            "param_value": "truncated",  # with 200: mlflow/utils/validation.py, MLFLOW_TRUNCATE_LONG_VALUES
            "tag_value": "truncated",
            "description": "kept",  # a run's holds 8,000, an experiment's 5,000: the bound is the lesser
            "experiment.longest": "kept",  # PostgreSQL and MySQL hold to it, SQLite does not
            "run.longest": "kept",
            "point_time_unit": "truncated",  # by the driver: the API takes milliseconds
            "run_time_unit": "truncated",
        }
    )

    def __init__(self) -> None:
        self.started = ExitStack()

    def start(self) -> str:
        folder = tempfile.mkdtemp(prefix="tracklayer-contract-mlflow-")
        server = self.started.enter_context(running_server(Path(folder)))
        return json.dumps({"folder": folder, "url": server.tracklayer_url})

    def stop(self) -> None:
        self.started.close()
        shutil.rmtree(json.loads(self.where)["folder"], ignore_errors=True)  # the server may be writing its last

    def open(self) -> Driver:
        return open_driver(json.loads(self.where)["url"])


TARGET = MlflowTarget()
