"""What a copy to a place with MLflow's API costs in calls: data, held by tests against a server and the emulators.

MLflow's own server publishes no rate: how fast it is hangs on its machine. Clouds with this API name theirs.
"""

from __future__ import annotations

from tracklayer.spi import Charge, Part, Rates


def tracking(service: str, *, experiment_files: bool = True) -> tuple[Charge, ...]:
    """The calls of the REST API, `SERVICE.runs/create` and so on, without those for files.

    * `experiment_files`: an experiment has a place for files of its own; else one of its runs keeps its sidecars.
    """
    kept: Part = "experiment's sidecar"
    beside = (
        [Charge.of("experiments/get", kept, "experiment's sidecars")]
        if experiment_files
        else [
            Charge.of("runs/search", kept, "experiment's sidecars"),
            Charge.of("experiments/get", "nothing beside"),
            Charge.of("runs/create", kept, once="experiment"),
            Charge.of("runs/update", kept, once="experiment"),
        ]
    )
    charges = (
        Charge.of("experiments/get-by-name", "experiment by name", "missing experiment"),
        Charge.of("experiments/get", "experiment by id", "new experiment"),
        Charge.of("experiments/create", "new experiment"),
        Charge.of("experiments/search", "experiments"),
        Charge.of("runs/search", "token", "runs"),
        Charge.of("runs/create", "new run"),
        Charge.of("runs/get", "run", "nothing", "data sets", "kept sidecar", "stored sidecar"),
        Charge.of("runs/log-batch", "params", "tags", "own tags", "points"),
        Charge.of("runs/set-tag", "description"),
        Charge.of("runs/search", "data sets", each=True),
        Charge.of("runs/log-inputs", "data sets"),
        Charge.of("runs/update", "state"),
        *beside,
    )
    return tuple(charge.model_copy(update={"operation": f"{service}.{charge.operation}"}) for charge in charges)


_SIDECARS: tuple[Part, ...] = ("stored sidecar", "experiment's sidecar")
MLFLOW_RATES = Rates(
    charges=(
        *tracking("mlflow"),
        Charge.of("mlflow.version", "new experiment", "new run", "run", once="process"),
        Charge.of("mlflow-artifacts.put", "file", *_SIDECARS),
        Charge.of("mlflow-artifacts.get", "sidecars", "experiment's sidecars"),
        Charge.of("mlflow-artifacts.get", "sidecars found", "experiment's sidecars found", each=True),
    )
)
