"""The demo's training: scikit-learn on real handwritten digits, a small grid, logged as any user would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import tracklayer as tl
from tracklayer.model import Dataset

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Passes over the data, and so points of each learning curve.
EPOCHS = 50
SEEDS = (0, 1, 2)
#: Kind of model -> the learning rates that are tried.
GRID: Mapping[str, tuple[float, ...]] = {"sgd": (0.01, 0.1), "mlp": (0.001, 0.01)}
#: The images hold 0 to 16.
BRIGHTEST = 16.0
#: What a probability of 0 counts as, whose logarithm is not finite.
SMALLEST = 1e-15


class Classifier(Protocol):
    """What the two kinds of models have in common."""

    def partial_fit(self, data: Any, target: Any, classes: Any = None) -> Any:
        """One pass over the data."""

    def predict(self, data: Any) -> Any:
        """The digit of each image."""

    def predict_proba(self, data: Any) -> Any:
        """How probable each digit is, for each image."""


@dataclass(frozen=True)
class Digits:
    """Images of 8 x 8 points and the digits they show, parted for training and validation."""

    train: Any
    train_digits: Any
    val: Any
    val_digits: Any
    digest: str


@dataclass(frozen=True)
class Trained:
    """The runs of a training: their ids by kind of model, and the one with the best validation accuracy."""

    runs: tuple[str, ...]
    parents: tuple[str, ...]
    best: str
    best_accuracy: float


def count() -> int:
    """How many models are trained."""
    return sum(len(rates) for rates in GRID.values()) * len(SEEDS)


def train(place: str, experiment: str, tags: Mapping[str, str], trained: Callable[[str], None]) -> Trained:
    """Train the grid and log it to `place`: a parent run for each kind of model, a child for each model.

    * `trained` is told the name of each model that is done.
    """
    digits = _digits()
    runs: dict[str, float] = {}
    parents = []
    for kind, rates in GRID.items():
        with tl.start_run(experiment, name=f"{kind} grid", to=place, tags=tags, params={"kind": kind}) as parent:
            parents.append(parent.id)
            for rate in rates:
                for seed in SEEDS:
                    name = f"{kind} lr={rate} seed={seed}"
                    with tl.start_run(experiment, name=name, to=place, parent=parent, tags=tags) as run:
                        runs[run.id] = _train(kind, rate, seed, digits)
                    trained(name)
            best = max((accuracy, run) for run, accuracy in runs.items())
            parent.log_metric("best_val_accuracy", best[0])
            parent.set_tag("best_run", best[1])
    accuracy, run_id = max((accuracy, run) for run, accuracy in runs.items())
    return Trained(tuple(runs), tuple(parents), run_id, accuracy)


def _train(kind: str, rate: float, seed: int, digits: Digits) -> float:
    """Train one model, logging to the current run. Gives the accuracy on the validation images at the end."""
    import numpy as np  # noqa: PLC0415 -- only the demo needs it

    tl.log_params({"kind": kind, "learning_rate": rate, "seed": seed, "epochs": EPOCHS, "shuffled": True})
    tl.log_input(
        Dataset(name="digits", digest=digits.digest, kind="sklearn", source="sklearn.datasets.load_digits"),
        context="train",
    )
    model = _model(kind, rate, seed)
    chance = np.random.default_rng(seed)
    classes = np.arange(10)
    accuracy = 0.0
    for epoch in range(EPOCHS):
        order = chance.permutation(len(digits.train))
        model.partial_fit(digits.train[order], digits.train_digits[order], classes=classes)
        true = model.predict_proba(digits.train)[np.arange(len(order)), digits.train_digits]
        loss = -float(np.mean(np.log(np.maximum(true, SMALLEST))))
        accuracy = float(np.mean(model.predict(digits.val) == digits.val_digits))
        tl.log_metrics({"train_loss": loss, "val_accuracy": accuracy}, step=epoch)
    tl.log_figure(_confusion(digits.val_digits, model.predict(digits.val)), "plots/confusion.png")
    with TemporaryDirectory() as folder:
        file = Path(folder, "model.npz")
        np.savez_compressed(file, **_weights(model))
        tl.log_artifact(file, "model")
    return accuracy


def _model(kind: str, rate: float, seed: int) -> Classifier:
    from sklearn.linear_model import SGDClassifier  # noqa: PLC0415
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

    made: Classifier
    if kind == "sgd":
        made = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=rate, random_state=seed)
    else:
        made = MLPClassifier(hidden_layer_sizes=(32,), learning_rate_init=rate, random_state=seed)
    return made


def _weights(model: Any) -> dict[str, Any]:
    """All that predicts, as arrays of numbers: a file of them can be read without running what it holds."""
    layers = (
        {"coef": model.coefs_, "intercept": model.intercepts_}
        if hasattr(model, "coefs_")
        else {"coef": [model.coef_], "intercept": [model.intercept_]}
    )
    weights = {f"{name}_{at}": layer for name, parts in layers.items() for at, layer in enumerate(parts)}
    return {**weights, "classes": model.classes_}


def _digits() -> Digits:
    from sklearn.datasets import load_digits  # noqa: PLC0415
    from sklearn.model_selection import train_test_split  # noqa: PLC0415

    images, shown = load_digits(return_X_y=True)
    # 16 bytes: MLflow holds digests of up to 36 characters
    digest = hashlib.blake2b(images.tobytes() + shown.tobytes(), digest_size=16).hexdigest()
    train_images, val_images, train_digits, val_digits = train_test_split(
        images / BRIGHTEST, shown, test_size=0.25, random_state=0, stratify=shown
    )
    return Digits(train_images, train_digits, val_images, val_digits, digest)


def _confusion(true: Any, said: Any) -> Figure:
    """Which digits were taken for which."""
    from matplotlib.figure import Figure  # noqa: PLC0415 -- without pyplot: no window, no global state
    from sklearn.metrics import confusion_matrix  # noqa: PLC0415

    matrix = confusion_matrix(true, said)
    figure = Figure(figsize=(4, 4), layout="tight")
    axes = figure.add_subplot(xlabel="taken for", ylabel="digit", title="Confusion on validation images")
    axes.imshow(matrix, cmap="Blues")
    axes.set_xticks(range(len(matrix)))
    axes.set_yticks(range(len(matrix)))
    for row, counts in enumerate(matrix):
        for column, times in enumerate(counts):
            if times:
                axes.text(column, row, str(times), ha="center", va="center", fontsize=7)
    return figure
