"""The in-memory fake, as itself and with the traits of other providers, each of which it holds strictly."""

from __future__ import annotations

from uuid import uuid4

from contract_tests.targets.base import Target

from tracklayer.spi import Driver, open_driver


class MemoryTarget(Target):
    """`memory://`; `like` another provider, if given."""

    def __init__(self, like: str | None = None) -> None:
        # The fake gives as many runs as it may, whatever is asked for.
        self.beyond = {"runs_per_page": "kept"}
        self.name = f"memory-like-{like}" if like else "memory"
        self.query = f"?like={like}" if like else ""

    def open(self) -> Driver:
        return open_driver(f"memory://contract-{uuid4().hex}{self.query}")


TARGET = MemoryTarget()
LIKE_MLFLOW = MemoryTarget("mlflow")
LIKE_LOCAL = MemoryTarget("local")
LIKE_SAGEMAKER = MemoryTarget("sagemaker")
LIKE_VERTEX = MemoryTarget("vertex")
