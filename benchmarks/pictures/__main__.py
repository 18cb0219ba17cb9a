"""Makes the pictures of these docs: the same training logged by each cloud's official SDK, compared on one page.

    python -m benchmarks.pictures [FOLDER]

* The clouds are the emulators, the SDKs are the vendors' own, each in its own environment; the MLflow server is real.
* Writes `report.html`, `report.md` and `report.svg` into FOLDER, and the screenshots into `docs/pictures`.
* Needs Chromium, and the extras `emulators`, `sdks`, `compare` and `demo`. Takes a few minutes.
"""

from __future__ import annotations

import os
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from contract_tests.witnesses.everywhere import Training, everywhere
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import confusion_matrix, log_loss

import tracklayer as tl
from tracklayer.compare.markdown import write_markdown
from tracklayer.compare.page import write_page

HERE = Path(__file__).resolve().parents[2] / "docs" / "pictures"
EPOCHS, SEEDS = 30, (0, 1, 2)
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


def trained(rate: float, seed: int) -> Training:
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
    return Training(f"sgd {rate} seed {seed}", params, curves, drawn.getvalue())


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
    with everywhere(folder) as places:
        for place, rate in RATES.items():
            for seed in SEEDS:
                places.log[place](trained(rate, seed))
            print(f"logged to {place}", flush=True)
        found = tl.compare([places.urls[name] for name in RATES])
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
