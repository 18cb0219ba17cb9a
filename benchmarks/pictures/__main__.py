"""Makes the pictures of these docs: the same training logged by each cloud's official SDK, compared on one page.

    python -m benchmarks.pictures [FOLDER]

* The clouds are the emulators, the SDKs are the vendors' own, each in its own environment; the MLflow server is real.
* Writes `report.html`, `report.md` and `report.svg` into FOLDER, and the screenshots into `docs/pictures`.
* Needs Chromium, and the extras `emulators`, `sdks`, `compare` and `demo`. Takes a few minutes.
"""

from __future__ import annotations

import base64
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from contract_tests.servers.mlflow_server import shared_server
from contract_tests.servers.witness import Witness
from contract_tests.targets.vertex import made
from contract_tests.witnesses import cloud
from contract_tests.witnesses.sdk import Sdk
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import confusion_matrix, log_loss

import tracklayer as tl
from tracklayer.compare.markdown import write_markdown
from tracklayer.compare.page import write_page
from tracklayer.emulators.azureml import GROUP, REGION, SUBSCRIPTION, WORKSPACE
from tracklayer.emulators.oci import HOME
from tracklayer.emulators.oci import REGION as HOME_REGION
from tracklayer.emulators.oci import WORKSPACE as SPACE
from tracklayer.emulators.stage import Stage, emulated
from tracklayer.emulators.vertex import PROJECT

HERE = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: AI Data Platform's MLflow, as its clients name it.
ORACLES = (
    f"https://aidp.{HOME_REGION}.oci.oraclecloud.com/20260430/aiDataPlatforms/{HOME.platform}/workspaces/{SPACE}/mlops"
)
EXPERIMENT = "digits"
CLOUDS = ("sagemaker", "vertex", "azureml", "oci", "databricks")
EPOCHS, SEEDS = 30, (0, 1, 2)
#: Seconds since 1970 of the first point, an hour ago: SageMaker takes no older one than of two weeks. A point a second.
BEGAN = int(time.time()) - 3600
#: Place -> the learning rate that is tried there.
RATES = {
    "sagemaker": 0.03,
    "vertex": 0.01,
    "azureml": 0.003,
    "oci": 0.001,
    "databricks": 0.0003,
    "mlflow": 0.1,
    "local": 0.3,
}


@dataclass(frozen=True)
class Trained:
    """What one training gave: a value an epoch of each metric, and the confusion matrix as a picture."""

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
    def texts(self) -> dict[str, str]:
        """Params as MLflow's clients send them."""
        return {key: str(value) for key, value in self.params.items()}

    @property
    def points(self) -> list[tuple[str, float, int, int]]:
        """Key, value, milliseconds, step: as MLflow's clients send them."""
        return [
            (key, value, (BEGAN + step) * 1000, step)
            for key, values in self.curves.items()
            for step, value in enumerate(values)
        ]


def trained(rate: float, seed: int) -> Trained:
    """Digits, really learnt."""
    images, shown = load_digits(return_X_y=True)
    images = images / 16.0
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=rate, random_state=seed)
    curves: dict[str, list[float]] = {"val_accuracy": [], "train_loss": []}
    for _ in range(EPOCHS):
        model.partial_fit(images[:1300], shown[:1300], classes=list(range(10)))
        curves["val_accuracy"].append(float(model.score(images[1300:], shown[1300:])))
        curves["train_loss"].append(float(log_loss(shown[:1300], model.predict_proba(images[:1300]))))
    matrix = confusion_matrix(shown[1300:], model.predict(images[1300:]), normalize="true")
    drawn = BytesIO()
    Image.fromarray((255 - matrix * 230).astype("uint8")).resize((160, 160), Image.Resampling.NEAREST).save(
        drawn, "PNG"
    )
    params: dict[str, float | int | str] = {"learning_rate": rate, "seed": seed, "model": "sgd", "epochs": EPOCHS}
    return Trained(f"sgd {rate} seed {seed}", params, curves, drawn.getvalue())


@contextmanager
def loggers(stage: Stage, folder: Path, server: str, board: str) -> Iterator[Mapping[str, Callable[[Trained], object]]]:
    """Place -> what logs a training there, by the place's own client."""
    azure = (
        f"azureml://{REGION}.api.azureml.ms/mlflow/v2.0/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
    )
    with ExitStack() as stack:

        def sdk(name: str, **more: str) -> Sdk:
            home = folder / name
            home.mkdir()
            return stack.enter_context(Sdk(name, home, {**stage.environment, **more}))

        amazon, google = sdk("sagemaker2"), sdk("vertex2")
        microsoft, oracle = sdk("azureml_plugin"), sdk("oci_plugin", MLFLOW_TRACKING_AUTH="OCI_REQUEST_AUTH")
        mlflow, databricks = stack.enter_context(Witness(server)), stack.enter_context(Witness("databricks"))

        def by_mlflow(one: Trained, experiment: str = EXPERIMENT) -> dict[str, object]:
            return {
                "experiment": experiment,
                "name": one.name,
                "start": BEGAN * 1000,
                "end": (BEGAN + EPOCHS) * 1000,
                "status": "FINISHED",
                "params": one.texts,
                "metrics": one.points,
                "files": {"plots/confusion.png": one.encoded},
            }

        yield {
            "local": ours,
            "mlflow": lambda one: mlflow.ask("write_run", **by_mlflow(one)),
            "sagemaker": lambda one: amazon.ask(
                "write_run",
                experiment=EXPERIMENT,
                run=one.slug,
                params=one.params,
                points=[(key, value, step, time / 1000) for key, value, time, step in one.points],
                files={"confusion.png": one.encoded},
            ),
            "vertex": lambda one: google.ask(
                "write_run",
                transport="grpc",
                experiment=EXPERIMENT,
                run=one.slug,
                board=f"projects/{PROJECT}/locations/us-central1/tensorboards/{board}",
                params=one.params,
                metrics={key: values[-1] for key, values in one.curves.items()},
                series=[
                    ({key: values[step] for key, values in one.curves.items()}, step + 1, BEGAN + step)
                    for step in range(EPOCHS)
                ],
            ),
            "azureml": lambda one: microsoft.ask("at", url=azure, what="write_run", **by_mlflow(one)),
            "oci": lambda one: oracle.ask("at", url=ORACLES, what="write_run", **by_mlflow(one)),
            "databricks": lambda one: databricks.ask("write_run", **by_mlflow(one, f"/Shared/{EXPERIMENT}")),
        }


def ours(one: Trained) -> None:
    """By tracklayer, into the embedded store."""
    with tl.start_run(EXPERIMENT, name=one.name, to="local:store.db", params=one.params) as run:
        for step in range(EPOCHS):
            run.log_metrics({key: values[step] for key, values in one.curves.items()}, step=step)
        run.log_image(Image.open(BytesIO(one.picture)), "plots/confusion.png")


def shoot(file: Path) -> None:
    """The screenshots."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        for name, width, height, scheme in (("report", 1500, 1440, "light"), ("narrow", 320, 900, "dark")):
            page: Page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type] # one of the two
            )
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready]")
            page.evaluate("for (const one of charts) one.show()")
            if name == "report":
                keep(page.screenshot(), name)
                for part in ("parallel", "groups", "pictures"):
                    keep(page.locator(f"#{part}").screenshot(), part)
            else:
                page.locator("#curves").evaluate("section => section.scrollIntoView()")
                keep(page.screenshot(), name)
            page.close()
        browser.close()


def keep(picture: bytes, name: str) -> None:
    """As a small PNG: 128 colours are enough for a page."""
    Image.open(BytesIO(picture)).quantize(128).save(HERE / f"{name}.png", optimize=True)


def main(folder: Path) -> None:
    """Log, compare, write and look."""
    os.chdir(folder)
    with ExitStack() as stack:
        server = stack.enter_context(shared_server(folder))
        stage = stack.enter_context(emulated(*CLOUDS))
        board = made(stage.emulators["vertex"].url)
        stack.enter_context(cloud.inside(stage, folder / "journal"))
        places = {
            **stage.places,
            "local": "local:store.db",
            "mlflow": server.tracklayer_url,
            "vertex": f"vertex://{PROJECT}/us-central1?tensorboard={board}",
        }
        cloud.ready(*(places[name] for name in CLOUDS))
        with loggers(stage, folder, server.url, board) as log:
            for place, rate in RATES.items():
                for seed in SEEDS:
                    log[place](trained(rate, seed))
                print(f"logged to {place}", flush=True)
        found = tl.compare([places[name] for name in RATES])
        print(found.failures, len(found.rows), "runs", flush=True)
        print(write_page(found, folder / "report.html", title="Digits, in seven places"), flush=True)
        print(write_markdown(found, folder / "report.md"), flush=True)
    shoot(folder / "report.html")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as made_folder:
            main(Path(made_folder))
