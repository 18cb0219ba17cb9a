"""All places that runs can go to, in this process: every emulator behind one proxy, a server, a file and a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_tests.servers.mlflow_server import shared_server
from contract_tests.targets.vertex import made as made_board
from contract_tests.witnesses import cloud

from tracklayer.emulators.stage import Stage, emulated
from tracklayer.emulators.vertex import PROJECT

CLOUDS = ("sagemaker", "vertex", "azureml", "oci", "databricks")
PLACES = ("local", "archive", "mlflow", *CLOUDS)


@dataclass(frozen=True)
class Places:
    """What is running. `server`: the URL of MLflow's. `board`: a TensorBoard of Vertex AI."""

    stage: Stage
    server: str
    board: str

    @contextmanager
    def entered(self, folder: Path) -> Iterator[Mapping[str, str]]:
        """The URL of each of `PLACES`; this process is on their stage meanwhile. `folder`: for what lies on a disk."""
        with cloud.inside(self.stage, folder):
            yield {
                **self.stage.places,
                "local": f"local:{folder / 'store.db'}",
                "archive": f"archive:{folder / 'archive'}",
                "mlflow": self.server,
                "vertex": f"vertex://{PROJECT}/us-central1?tensorboard={self.board}",
            }


@contextmanager
def places(basetemp: Path) -> Iterator[Places]:
    """Everything, started: that takes the longest, so it is done once. `basetemp`: of the session."""
    with ExitStack() as stack:
        server = stack.enter_context(shared_server(basetemp))
        stage = stack.enter_context(emulated(*CLOUDS))
        yield Places(stage, server.tracklayer_url, made_board(stage.emulators["vertex"].url))
