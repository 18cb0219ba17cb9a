"""MLflow: a driver that speaks the REST API of a tracking server itself.

It is also what drivers for clouds with MLflow's API stand on: they give it another address, authentication, traits and
kinds of files.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote

from tracklayer.drivers._stores import BlobFiles, FolderFiles, GcsFiles, OciFiles, S3Files
from tracklayer.drivers.mlflow import search, wire
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.config import PASSWORD, TOKEN, USERNAME, MlflowConfig
from tracklayer.drivers.mlflow.folders import listed, opened
from tracklayer.drivers.mlflow.inputs import inputs, log_inputs
from tracklayer.drivers.mlflow.keeper import KEEPER, keeper, keeps
from tracklayer.drivers.mlflow.points import log_batch
from tracklayer.drivers.mlflow.proxy import ProxyFiles
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.run_files import RunFiles
from tracklayer.drivers.mlflow.shapes import (
    Experiments,
    History,
    MlflowRun,
    NewExperiment,
    Nothing,
    OneExperiment,
    OneRun,
    Runs,
    Updated,
)
from tracklayer.drivers.mlflow.traits import MLFLOW, narrowed
from tracklayer.errors import Conflict, NotFound, ProviderError, Rejected
from tracklayer.model import (
    Artifact,
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Owner,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
)
from tracklayer.spi import Cursor, Driver, Page, Traits

T = TypeVar("T")

#: Points a page of a history holds where the server knows no limit: what MLflow's client asks for.
HISTORY = 25_000


class MlflowDriver(Driver):
    """One MLflow server, `mlflow+http://host:port[/prefix]` or `mlflow+https://...`."""

    traits = MLFLOW
    credentials: tuple[str, ...] = (USERNAME, PASSWORD, TOKEN)
    #: Does an experiment have a place for files of its own? If not, one of its runs is their keeper.
    _experiment_files = True
    #: Where its pages are, after its address: MLflow's client, `tracking/_tracking_service/client.py`.
    _pages = "/#"

    def __init__(self, url: str, rest: Rest, *, traits: Traits = MLFLOW, artifacts: Artifacts | None = None) -> None:
        """`artifacts`: the kinds of files it knows; if not said, the server's proxy and the stores below."""
        self.url = url
        self.traits = traits
        self._rest = rest
        self._artifacts = artifacts or Artifacts(
            ProxyFiles(rest), FolderFiles(), S3Files(), GcsFiles(), OciFiles(), BlobFiles(), provider=traits.provider
        )
        self._files = RunFiles(rest, self._artifacts, self._get)
        self._meeting = threading.Lock()
        self._met = False

    @classmethod
    def open(cls, url: str, /) -> Driver:
        config = MlflowConfig.read(url)
        return cls(config.url, Rest(config.base, config.auth(), read=config.patience))

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        self._meet()
        body = wire.new_experiment(draft)
        made = self._create("experiments/create", NewExperiment, body, None)
        return self.get_experiment(ExperimentRef(id=made.experiment_id))

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        if isinstance(which, ExperimentRef):
            path, query = "experiments/get", {"experiment_id": which.id}
        else:
            path, query = "experiments/get-by-name", {"experiment_name": which}
        return wire.experiment(self._rest.call("GET", path, OneExperiment, query=query).experiment)

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        # MLflow cannot filter by id, so this list pages by offset; a page takes in what nearly every server has.
        most = self.traits.limits.experiments_per_page
        body: dict[str, object] = {"max_results": most.most if most else 1_000, "order_by": ["experiment_id ASC"]}
        if after is not None:
            body["page_token"] = after
        answer = self._rest.call("POST", "experiments/search", Experiments, body=body)
        return Page(tuple(map(wire.experiment, answer.experiments)), answer.next_page_token)

    # -- runs

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        self._meet()
        run = None if draft.fresh else self._made_before(experiment, draft.token)
        if run is None:
            body = wire.new_run(experiment, draft, datetime.now(timezone.utc))
            run = self._create("runs/create", OneRun, body, draft.token).run
        if draft.status != "running" and run.info.status == "RUNNING" and run.info.lifecycle_stage == "active":
            self._update(wire.change(RunRef(id=run.info.id), Batch(status=draft.status)))
            run.info.status = draft.status.upper()
        return self._run(run)

    def _create(self, path: str, shape: type[T], body: Mapping[str, Any], _token: str | None) -> T:
        """Make something. `_token`: what all attempts at it have in common, for a cloud that can tell."""
        return self._rest.call("POST", path, shape, body=body, repeatable=False)

    def get_run(self, run: RunRef, /) -> Run:
        self._meet()
        return self._run(self._get(run))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        if not query.experiments:
            return Page(())
        most = self.traits.limits.runs_per_page
        place = search.Place.read(after)
        body = search.runs_search(query, place, most.most if most else query.page_size)
        answer = self._rest.call("POST", "runs/search", Runs, body=body)
        runs, ahead = search.next_page(query, place, answer)
        shown = (run for run in runs if not keeps(run))
        return Page(tuple(map(self._run, shown)), None if ahead is None else ahead.text())

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self._meet()
        logged, changed = wire.log_batch(run, batch), wire.change(run, batch)
        if not (logged or changed or batch.inputs or batch.description is not None):
            self._refuse_deleted(run)
        if logged:
            log_batch(self._rest, logged, self._history())
        if batch.description is not None:
            note = {"run_id": run.id, "key": wire.NOTE, "value": batch.description}
            self._rest.call("POST", "runs/set-tag", Nothing, body=note)
        if batch.inputs:
            log_inputs(self._rest, run, batch.inputs)
        if changed:
            self._update(changed)

    def _refuse_deleted(self, run: RunRef) -> None:
        """Nothing is written to a run that is deleted or not there, an empty batch neither."""
        if self._get(run).info.lifecycle_stage == "deleted":
            message = f"the run {run.id} is deleted: restore it first"
            raise Conflict(message, provider=self.traits.provider, operation="write")

    def _update(self, body: Mapping[str, Any]) -> None:
        """Change the run itself. The server answers 200 to a status it does not know, so its answer is looked at."""
        info = self._rest.call("POST", "runs/update", Updated, body=body).run_info
        kept = {"run_name": info.run_name, "status": info.status, "end_time": info.end_time or 0}
        wrong = [field for field, value in kept.items() if value != body.get(field, value)]
        if wrong:
            message = f"the server left {', '.join(wrong)} as it was, though it answered that all is well"
            raise Rejected(message, provider=self.traits.provider, operation="runs/update")

    def _made_before(self, experiment: ExperimentRef, token: str) -> MlflowRun | None:
        """The run of that token, deleted or not."""
        body = search.token_search(experiment, token)
        found = self._rest.call("POST", "runs/search", Runs, body=body).runs
        return next((run for run in found if wire.run(run).token == token), None)

    def _keepers(self, experiment: ExperimentRef) -> list[MlflowRun]:
        """The runs that hold the experiment's sidecars: none, one, or one for each of its first writers."""
        body = search.token_search(experiment, KEEPER)
        return [run for run in self._rest.call("POST", "runs/search", Runs, body=body).runs if keeps(run)]

    def _no_keeper(self, experiment: ExperimentRef) -> list[MlflowRun]:
        """An experiment without one. `NotFound` without the experiment: a search for its runs finds none either way."""
        self.get_experiment(experiment)
        return []

    def _get(self, run: RunRef) -> MlflowRun:
        return self._rest.call("GET", "runs/get", OneRun, query={"run_id": run.id}).run

    def _run(self, given: MlflowRun) -> Run:
        self._files.note(given)
        return wire.run(given).model_copy(update={"inputs": inputs(given)})

    # -- points

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        query = {"run_id": run.id, "metric_key": key, "max_results": str(self._history())}
        if after is not None:
            query["page_token"] = after
        answer = self._rest.call("GET", "metrics/get-history", History, query=query)
        if not answer.metrics and after is None:
            self._get(run)  # the history of a run that is not there is an empty one
        return Page((wire.points(key, answer.metrics),), answer.next_page_token)

    def _history(self) -> int:
        """Points that a page of a history holds."""
        most = self.traits.limits.points_per_page
        return most.most if most else HISTORY

    # -- deleting

    def delete(self, owner: Owner, /) -> None:
        self._turn(owner, "delete", deleted=True)

    def restore(self, owner: Owner, /) -> None:
        self._turn(owner, "restore", deleted=False)

    def _turn(self, owner: Owner, verb: str, *, deleted: bool) -> None:
        """Delete or restore. An experiment that is so already is not found by these calls, a run is or is refused."""
        kind = "experiment" if isinstance(owner, ExperimentRef) else "run"
        try:
            self._rest.call("POST", f"{kind}s/{verb}", Nothing, body={f"{kind}_id": owner.id})
        except (NotFound, Conflict):
            if self._deleted(owner) != deleted:
                raise

    def _deleted(self, owner: Owner) -> bool:
        return (self.get_experiment(owner) if isinstance(owner, ExperimentRef) else self.get_run(owner)).deleted

    # -- files and sidecars

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        self._artifacts.put(self._root(run), path, data)

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        return opened(self._artifacts, self._files.folders(run), path)

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        return listed(self._artifacts, self._files.folders(run), after)

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        if isinstance(owner, RunRef) and self._get(owner).info.lifecycle_stage == "deleted":  # its files would take it
            message = f"run {owner.id} is deleted: restore it first"
            raise Conflict(message, provider=self.traits.provider, operation="put_sidecar")
        if isinstance(owner, ExperimentRef) and not self._experiment_files:
            owner = self.create_run(owner, keeper()).ref
        self._artifacts.put_sidecar(self._root(owner), key, data)

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        if isinstance(owner, RunRef) or self._experiment_files:
            return self._artifacts.sidecars(self._root(owner), prefix)
        keepers = self._keepers(owner) or self._no_keeper(owner)
        found = [self._artifacts.sidecars(run.info.artifact_uri, prefix) for run in keepers]
        return {key: data for one in found for key, data in one.items()}

    def _root(self, owner: Owner) -> str:
        """Where the files of a run or an experiment lie."""
        if isinstance(owner, ExperimentRef):
            query = {"experiment_id": owner.id}
            return self._rest.call("GET", "experiments/get", OneExperiment, query=query).experiment.artifact_location
        return self._files.root(owner)

    # -- the server

    def console(self, run: Run, /) -> str | None:
        experiment, one = quote(run.experiment.id, safe=""), quote(run.id, safe="")
        return f"{self._rest.base}{self._pages}/experiments/{experiment}/runs/{one}"

    def _meet(self) -> None:
        """Ask once what version the server is, and narrow the traits: before the first call that leads to a write.

        `layers/fit.py` reads a run before it makes a batch legal for it, so the traits are right by then.
        """
        with self._meeting:
            if self._met:
                return
            self._met = True
            with suppress(ProviderError):  # what matters will fail again, in the call that was asked for
                with self._rest.translating("version"):
                    text = self._rest.whole("GET", "/version").text
                if found := re.match(r"\s*(\d+)\.(\d+)", text):
                    self.traits = narrowed(self.traits, (int(found[1]), int(found[2])))

    def close(self) -> None:
        self._rest.close()
        self._artifacts.close()
