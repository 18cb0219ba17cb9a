"""MLflow with its SQLite store and no server between; with a server where there is to be one."""

from __future__ import annotations

from benchmarks.logging.subjects.subject import Calls, Subject


class MlflowSync(Subject):
    """`mlflow.log_metric` as it is by default: when it returns, the value is in the database."""

    module = "mlflow"

    def start(self) -> Calls:
        return self.start_at(self._place)

    def start_at(self, url: str) -> Calls:
        mlflow = self.api
        mlflow.set_tracking_uri(url)
        mlflow.start_run()
        return Calls(
            lambda step, value: mlflow.log_metric("loss", value, step=step),
            lambda step, values: mlflow.log_metrics(values, step=step),
        )

    def finish(self) -> None:
        self.api.end_run()

    def steps(self, key: str) -> list[int]:
        client = self.api.MlflowClient(self._place)
        return [
            metric.step
            for run in client.search_runs(["0"])  # the experiment that is there from the start
            for metric in client.get_metric_history(run.info.run_id, key)
        ]

    @property
    def _place(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"


class MlflowAsync(MlflowSync):
    """With `mlflow.config.enable_async_logging()`: values wait in memory for a thread."""

    def load(self) -> None:
        super().load()
        self.api.config.enable_async_logging()

    def drain(self) -> None:
        self.api.flush_async_logging()

    def finish(self) -> None:
        self.drain()
        super().finish()
