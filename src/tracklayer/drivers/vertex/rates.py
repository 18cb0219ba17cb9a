"""What a copy to Vertex costs in calls, and how fast these may come: data, held by a test against the emulator."""

from __future__ import annotations

from tracklayer.drivers.google.rates import GCS_FILES, GCS_PART, GCS_QUOTA
from tracklayer.drivers.vertex.record import MOST_BYTES, MOST_KEPT
from tracklayer.spi import Charge, Quota, Rates

_CHARGES = (
    Charge.of(
        "aiplatform.GetContext",
        *("experiment by name", "experiment by id", "missing experiment", "run", "nothing", "same sidecar"),
        *("sidecars", "experiment's sidecars"),
    ),
    Charge.of("aiplatform.CreateContext", "new experiment", "new run"),
    Charge.of("aiplatform.ListContexts", "new run", "experiments"),
    Charge.of("aiplatform.ListContexts", "homes", "homes by token", each=True),
    Charge.of("aiplatform.ListExecutions", "homes", each=True),
    Charge.of("aiplatform.AddContextChildren", "new run"),
    Charge.of(
        "aiplatform.UpdateContext",
        *("params", "tags", "own tags", "points", "state", "description", "data sets", "kept sidecar"),
    ),
    Charge.of("aiplatform.CreateArtifact", "data sets", each=True),
    Charge.of("aiplatform.CreateExecution", "data sets"),
    Charge.of("aiplatform.AddContextArtifactsAndExecutions", "data sets", "file"),
    Charge.of("aiplatform.AddExecutionEvents", "data sets"),
    Charge.of("aiplatform.CreateArtifact", "file"),
    # That there are sidecars of a kind in Cloud Storage is noted in the run.
    *(
        Charge.of("aiplatform.UpdateContext", kind, once="run")
        for kind in ("stored v", "stored p", "stored b", "stored m")
    ),
    Charge.of("aiplatform.UpdateContext", "experiment's sidecar", once="experiment"),
    Charge.of("storage.objects.insert", "stored sidecar", "experiment's sidecar"),
    Charge.of("storage.objects.list", "sidecars found", "experiment's sidecars found"),
    Charge.of("storage.objects.download", "sidecars found", "experiment's sidecars found", each=True),
    *GCS_FILES,
)
_BOARD = (
    Charge.of("aiplatform.GetTensorboard", "new experiment", "new run", once="process"),
    Charge.of("aiplatform.CreateTensorboardExperiment", "points", once="experiment"),
    Charge.of("aiplatform.GetArtifact", "points", once="run"),
    Charge.of("aiplatform.CreateTensorboardRun", "points", once="run"),
    Charge.of("aiplatform.CreateArtifact", "points", once="run"),
    Charge.of("aiplatform.AddContextArtifactsAndExecutions", "points", once="run"),
    Charge.of("aiplatform.ListTensorboardTimeSeries", "points", once="run"),
    Charge.of("aiplatform.BatchCreateTensorboardTimeSeries", "new metrics"),
    Charge.of("aiplatform.WriteTensorboardRunData", "points"),
)


def _rates(charges: tuple[Charge, ...]) -> Rates:
    ours = {charge.operation for charge in charges if charge.operation.startswith("aiplatform.")}
    source = "https://cloud.google.com/vertex-ai/docs/quotas: 600 resource requests a minute and region"
    quotas = (Quota.of(600 / 60, ours, source), GCS_QUOTA)
    return Rates(charges=charges, quotas=quotas, kept=MOST_BYTES, most_kept=MOST_KEPT, part=GCS_PART)


#: Without a TensorBoard, and with one.
PLAIN_RATES, BOARD_RATES = _rates(_CHARGES), _rates(_CHARGES + _BOARD)
