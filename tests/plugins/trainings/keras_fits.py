"""Keras fits a tiny model, in each of the ways that a run can go."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tests.plugins.trainings.down import DOWN, note
from tests.plugins.trainings.raising import raised

from tracklayer.plugins.keras import TracklayerCallback


class Raises(keras.callbacks.Callback):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        raise self.error


def fit(*callbacks: Any, **more: Any) -> Any:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    model.fit(*data(), **{"epochs": 2, "batch_size": 4, "verbose": 0, "callbacks": list(callbacks), **more})
    return model


def data() -> tuple[Any, Any]:
    x = np.arange(8.0).reshape(8, 1) / 8
    return x, 2 * x


def train(folder: Path, place: str) -> None:
    callback = TracklayerCallback(to=place, experiment="whole", name="epochs", log_model=True)
    model = fit(callback, validation_data=data())
    model.evaluate(*data(), verbose=0, callbacks=[callback])
    steps = TracklayerCallback(to=place, experiment="whole", name="steps", log_every_epoch=False, log_every_n_steps=3)
    fit(steps, validation_data=data())

    callback = TracklayerCallback(to=place, experiment="resumed")
    fit(callback)
    assert callback.run is not None
    fit(TracklayerCallback(resume=callback.run.url), initial_epoch=2, epochs=4)
    copied = deepcopy(callback)  # as KerasTuner does for each trial
    assert copied.run is None

    with TracklayerCallback(**DOWN, log_model=True) as callback:
        fit(callback)
        note(folder, callback.run)

    for error in (ValueError, KeyboardInterrupt):
        with raised(error), TracklayerCallback(to=place, experiment="broken", name=error.__name__) as callback:
            fit(callback, Raises(error()))
    with raised(ValueError):
        fit(TracklayerCallback(to=place, experiment="broken", name="let go"), Raises(ValueError()))

    os.environ["KERAS_DISTRIBUTION_PROCESS_ID"] = "1"
    fit(TracklayerCallback(to=place, experiment="ranks"))
    del os.environ["KERAS_DISTRIBUTION_PROCESS_ID"]
