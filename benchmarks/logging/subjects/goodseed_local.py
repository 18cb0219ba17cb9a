"""goodseed, into a SQLite file a run."""

from __future__ import annotations

from importlib import import_module

from benchmarks.logging.subjects.subject import Calls, Subject


class GoodseedLocal(Subject):
    """`run["loss"].log`: when it returns, the value is in the database."""

    module = "goodseed"

    def start(self) -> Calls:
        run = self._run = self.api.Run(project="bench", storage="local")
        return Calls(
            lambda step, value: run["loss"].log(value, step=step),
            lambda step, values: run.log_metrics(values, step=step),
        )

    def finish(self) -> None:
        self._run.close()

    def steps(self, key: str) -> list[int]:
        storage = import_module("goodseed.storage").LocalStorage
        found = []
        for path in self.folder.glob("goodseed/projects/bench/runs/*.sqlite"):
            with storage(path) as store:
                found += [int(point["step"]) for point in store.get_metric_points(key)]
        return found
