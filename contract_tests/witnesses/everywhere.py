"""Everywhere: the same training logged by each cloud's official SDK into its emulator, and by ours and MLflow's client.

* The SDKs are the vendors' own, each in its own environment; the MLflow server is real.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_tests.servers.witness import Witness
from contract_tests.witnesses import cloud
from contract_tests.witnesses.places import CLOUDS, Places, places
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl
from tracklayer.emulators.azureml import GROUP, REGION, SUBSCRIPTION, WORKSPACE
from tracklayer.emulators.oci import HOME
from tracklayer.emulators.oci import REGION as HOME_REGION
from tracklayer.emulators.oci import WORKSPACE as SPACE
from tracklayer.emulators.vertex import PROJECT

EXPERIMENT = "digits"
#: The one file of a training, a picture. SageMaker's SDK takes no folders.
PICTURE, FLAT = "plots/confusion.png", "confusion.png"
#: Seconds since 1970 of the first point, an hour ago: SageMaker takes no older one than of two weeks. A point a second.
BEGAN = int(time.time()) - 3600
#: AI Data Platform's MLflow, and Azure's workspace, as their clients name them.
ORACLES = (
    f"https://aidp.{HOME_REGION}.oci.oraclecloud.com/20260430/aiDataPlatforms/{HOME.platform}/workspaces/{SPACE}/mlops"
)
AZURES = (
    f"azureml://{REGION}.api.azureml.ms/mlflow/v2.0/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
)


@dataclass(frozen=True)
class Training:
    """What one training gave: a value an epoch of each metric, and a picture."""

    name: str
    params: Mapping[str, float | int | str]
    curves: Mapping[str, list[float]]
    picture: bytes

    @property
    def slug(self) -> str:
        """The name as SageMaker and Vertex AI allow it."""
        return self.name.replace(" ", "-").replace(".", "-")

    @property
    def encoded(self) -> str:
        """The picture as it travels to a witness."""
        return base64.b64encode(self.picture).decode()

    @property
    def epochs(self) -> list[dict[str, float]]:
        """The values of each epoch."""
        return [dict(zip(self.curves, values, strict=True)) for values in zip(*self.curves.values(), strict=True)]

    @property
    def points(self) -> list[tuple[str, float, int, int]]:
        """Key, value, milliseconds, step: as MLflow's clients send them."""
        return [
            (key, value, (BEGAN + step) * 1000, step)
            for step, values in enumerate(self.epochs)
            for key, value in values.items()
        ]


Log = Callable[[Training], object]


@dataclass(frozen=True)
class Everywhere:
    """Place -> its tracklayer URL, and what logs a training there by the place's own client."""

    urls: Mapping[str, str]
    log: Mapping[str, Log]


@contextmanager
def everywhere(folder: Path) -> Iterator[Everywhere]:
    """All places, started, and what logs there; this process is set up to read them."""
    with ExitStack() as stack:
        there = stack.enter_context(places(folder))
        urls = stack.enter_context(there.entered(folder))
        cloud.ready(*(urls[name] for name in CLOUDS))
        yield Everywhere(urls, _logging(stack, there, folder) | {"local": _ours(urls["local"], folder)})


def _logging(stack: ExitStack, there: Places, folder: Path) -> dict[str, Log]:
    def sdk(name: str, **more: str) -> Sdk:
        home = folder / name
        home.mkdir()
        return stack.enter_context(Sdk(name, home, {**there.stage.environment, **more}))

    amazon, google = sdk("sagemaker2"), sdk("vertex2")
    microsoft, oracle = sdk("azureml_plugin"), sdk("oci_plugin", MLFLOW_TRACKING_AUTH="OCI_REQUEST_AUTH")
    mlflow = stack.enter_context(Witness(there.server.removeprefix("mlflow+")))
    databricks = stack.enter_context(Witness("databricks"))
    return {
        "mlflow": lambda one: mlflow.ask("write_run", **_for_mlflow(one)),
        "databricks": lambda one: databricks.ask("write_run", **_for_mlflow(one, f"/Shared/{EXPERIMENT}")),
        "azureml": lambda one: microsoft.ask("at", url=AZURES, what="write_run", **_for_mlflow(one)),
        "oci": lambda one: oracle.ask("at", url=ORACLES, what="write_run", **_for_mlflow(one)),
        "sagemaker": lambda one: amazon.ask(
            "write_run",
            experiment=EXPERIMENT,
            run=one.slug,
            params=one.params,
            points=[(key, value, step, time / 1000) for key, value, time, step in one.points],
            files={FLAT: one.encoded},
        ),
        "vertex": lambda one: google.ask(
            "write_run",
            transport="grpc",
            experiment=EXPERIMENT,
            run=one.slug,
            board=f"projects/{PROJECT}/locations/us-central1/tensorboards/{there.board}",
            params=one.params,
            metrics=one.epochs[-1],
            series=[(values, step + 1, BEGAN + step) for step, values in enumerate(one.epochs)],
        ),
    }


def _for_mlflow(one: Training, experiment: str = EXPERIMENT) -> dict[str, object]:
    return {
        "experiment": experiment,
        "name": one.name,
        "start": BEGAN * 1000,
        "end": (BEGAN + len(one.epochs)) * 1000,
        "status": "FINISHED",
        "params": {key: str(value) for key, value in one.params.items()},
        "metrics": one.points,
        "files": {PICTURE: one.encoded},
    }


def _ours(url: str, folder: Path) -> Log:
    def log(one: Training) -> None:
        picture = folder / FLAT
        picture.write_bytes(one.picture)
        with tl.start_run(EXPERIMENT, name=one.name, to=url, params=one.params) as run:
            for step, values in enumerate(one.epochs):
                run.log_metrics(values, step=step)
            run.log_artifact(picture, "plots")

    return log
