"""The process of MLflow's client with AWS's plugin: managed MLflow by ARN, signed by the official code."""

from __future__ import annotations

from typing import Any

import mlflow
from contract_tests.servers.witness_client import Client
from contract_tests.witnesses.answering import answer


class Plugin:
    """What can be asked."""

    def at(self, arn: str, what: str, **arguments: Any) -> Any:
        """What `witness_client.Client` can be asked, of one ARN, which becomes the process's tracking URI."""
        return getattr(Client(arn), what)(**arguments)

    def crossing(self, active: str, arn: str, experiment: str) -> str:
        """Make an experiment by a client of `arn`, while `active` is the process's tracking URI."""
        mlflow.set_tracking_uri(active)
        client: Any = mlflow.MlflowClient(tracking_uri=arn)
        return str(client.create_experiment(experiment))

    def experiments(self, arn: str) -> list[str]:
        """The names of the experiments that are there."""
        return [found.name for found in Client(arn).client.search_experiments()]


if __name__ == "__main__":
    answer(Plugin)
