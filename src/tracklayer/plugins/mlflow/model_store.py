"""The store's logged models: each kept by the run that logged it, as a tag of its own and a folder among its files.

Autologging makes the model before it logs metrics: a store without this loses them. A model that no run logged gets a
run for itself, which MLflow's users do not see.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import Any
from uuid import uuid4

from mlflow.entities import (
    LoggedModel,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
)
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils.name_utils import _generate_random_name
from mlflow.utils.search_utils import SearchLoggedModelsUtils
from mlflow.utils.validation import _validate_logged_model_name

from tracklayer.api.redaction import Redactor
from tracklayer.errors import NotFound
from tracklayer.model import Batch, ParamValue, Query, RunDraft
from tracklayer.plugins.mlflow import entities, ids, uris
from tracklayer.plugins.mlflow.errors import absent, answering, refused
from tracklayer.plugins.mlflow.known import KEEPER, Known, known_of, recorded
from tracklayer.plugins.mlflow.log_store import LogStore
from tracklayer.plugins.mlflow.measuring import Point, measured
from tracklayer.plugins.mlflow.paging import models_page
from tracklayer.plugins.mlflow.record import ModelRecord
from tracklayer.spi import every


class ModelStore(LogStore):
    """Logged models, in every place. Their metrics are those of the run; `search` gives the last of each."""

    @answering
    def create_logged_model(  # noqa: PLR0917 -- MLflow's own
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Sequence[LoggedModelTag] | None = None,
        params: Sequence[LoggedModelParameter] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Make a model; its files follow."""
        _validate_logged_model_name(name)
        home = self._active_experiment(experiment_id)
        name = name or _generate_random_name()
        pen = self._pen(source_run_id) if source_run_id else self.place.pen(self._keeper(home.ref, name))
        now = time.time_ns() // entities.MILLISECOND
        with pen.known.lock:
            made = ids.new_model(pen.known.run)
            taken = {record.folder for record in pen.known.models.values()}
            record = ModelRecord(
                name=name,
                folder=name if name not in taken else f"{name}-{made.mark}",
                status=LoggedModelStatus.PENDING.value,
                created=now,
                updated=now,
                kind=model_type,
                alone=source_run_id is None,
                params=_texts(pen.redactor.params({param.key: param.value for param in params or ()})),
                tags=pen.redactor.tags({tag.key: tag.value for tag in tags or ()}),
            )
            pen.write(Batch(tags=recorded(made.mark, record)))
            pen.known.models[made.mark] = record
            return self._model(pen.known, str(made), record)

    @answering
    def get_logged_model(self, model_id: str, allow_deleted: bool = False) -> LoggedModel:
        """A model by its id."""
        known, _, record = self._record(model_id)
        if record.deleted and not allow_deleted:
            raise _no_model(model_id)
        return self._model(known, model_id, record, whole=True)

    @answering
    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        """Say that a model is whole, or failed."""

        def change(record: ModelRecord, _: Redactor) -> None:
            record.status = LoggedModelStatus(status).value

        return self._change(model_id, change)

    @answering
    def set_logged_model_tags(self, model_id: str, tags: Sequence[LoggedModelTag]) -> None:
        """Set tags of a model; the last value stands."""

        def change(record: ModelRecord, redactor: Redactor) -> None:
            record.tags.update(redactor.tags({tag.key: tag.value for tag in tags}))

        self._change(model_id, change, touch=False)

    @answering
    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Delete a tag of a model."""

        def change(record: ModelRecord, _: Redactor) -> None:
            if record.tags.pop(key, None) is None:
                message = f"No tag with key {key!r} found for model with ID {model_id!r}."
                raise absent(message)

        self._change(model_id, change, touch=False)

    @answering
    def log_logged_model_params(self, model_id: str, params: Sequence[LoggedModelParameter]) -> None:
        """Set params of a model."""

        def change(record: ModelRecord, redactor: Redactor) -> None:
            record.params.update(_texts(redactor.params({param.key: param.value for param in params})))

        self._change(model_id, change, touch=False)

    @answering
    def delete_logged_model(self, model_id: str) -> None:
        """Delete a model. Its files stay with the run."""

        def change(record: ModelRecord, _: Redactor) -> None:
            record.deleted = True

        self._change(model_id, change)

    @answering
    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Note the models that a run put out."""
        pen = self._pen(run_id)
        with pen.known.lock:
            links = pen.known.links
            made = [(one.model_id, int(one.step)) for one in models]
            new = [one for one in made if one not in links.made]
            if new:
                links.made.extend(new)
                pen.write(Batch(tags=pen.known.linked()))

    @answering
    def record_logged_model(self, run_id: str, mlflow_model: Any) -> None:
        """Nothing: the model's own record says more than the tag that this once was."""
        del mlflow_model
        self._known(run_id)

    @answering
    def search_logged_models(  # noqa: PLR0917 -- MLflow's own
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: list[dict[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[dict[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Models of experiments, by MLflow's search language. All runs of the experiments are read for it."""
        if datasets and not all(one.get("dataset_name") for one in datasets):
            message = "`dataset_name` in the `datasets` clause must be specified."
            raise refused(message)
        found = [one for experiment_id in experiment_ids for one in self._models_of(str(experiment_id))]
        about = (datasets,) if datasets else ()  # MLflow 3.0 knows of none
        found = SearchLoggedModelsUtils.filter_logged_models(found, filter_string, *about)
        return models_page(found, order_by, max_results, page_token)

    # -- inside

    def _models_of(self, experiment_id: str) -> list[LoggedModel]:
        try:
            home = self.place.experiments.get(experiment_id)
        except NotFound:
            return []
        if home.deleted:
            return []
        query = Query(experiments=(home.ref,))
        runs = every(partial(self.place.settled.list_runs, query))
        return [
            self._model(known, str(ids.ModelId(mark, known.run)), record)
            for known in map(known_of, runs)
            for mark, record in known.models.items()
            if not record.deleted
        ]

    def _record(self, model_id: str) -> tuple[Known, str, ModelRecord]:
        """A model and its mark, and what is known of its run."""
        found = ids.model(model_id)
        if found is None:
            raise _no_model(model_id)
        try:
            known = self.place.known(found.run)
        except NotFound as error:
            raise _no_model(model_id) from error
        record = known.models.get(found.mark)
        if record is None:
            raise _no_model(model_id)
        return known, found.mark, record

    def _change(
        self, model_id: str, change: Callable[[ModelRecord, Redactor], None], *, touch: bool = True
    ) -> LoggedModel:
        known, mark, _ = self._record(model_id)
        pen = self.place.pen(known.run)
        with pen.known.lock:
            record = pen.known.models[mark]
            change(record, pen.redactor)
            if touch:
                record.updated = time.time_ns() // entities.MILLISECOND
            pen.write(Batch(tags=recorded(mark, record)))
            return self._model(pen.known, model_id, record)

    def _model(self, known: Known, model_id: str, record: ModelRecord, *, whole: bool = False) -> LoggedModel:
        """A model as MLflow's. `whole`: with all points of its metrics, where the run is not being logged to."""
        return LoggedModel(
            experiment_id=known.experiment,
            model_id=model_id,
            name=record.name,
            artifact_location=self._files(uris.MODELS, model_id),
            creation_timestamp=record.created,
            last_updated_timestamp=record.updated,
            model_type=record.kind,
            source_run_id=None if record.alone else known.run,
            status=LoggedModelStatus(record.status),
            tags=dict(record.tags),
            params=dict(record.params),
            metrics=self._metrics_of(known, model_id, record, whole=whole),
        )

    def _metrics_of(self, known: Known, model_id: str, record: ModelRecord, *, whole: bool) -> list[Metric]:
        whole = whole and self.place.live(known.run) is None
        found: list[Metric] = []
        for entry in record.metrics:
            run = entry.run or known.run
            points = measured(entry, partial(self._points, run, entry.key, whole=whole))
            found += [
                Metric(
                    entry.key,
                    value,
                    time,
                    step,
                    model_id=model_id,
                    dataset_name=entry.dataset,
                    dataset_digest=entry.digest,
                    run_id=run,
                )
                for time, step, value in points
            ]
        return found

    def _points(self, run: str, key: str, *, whole: bool) -> Iterable[Point]:
        """All points of a metric, or the last one; none of a run that is not here."""
        try:
            last = None if whole else self.place.known(run).metrics.get(key)
        except NotFound:
            return []
        rows = self._history(run, key) if whole else [entities.metric(key, last)] if last else []
        return [(one.timestamp, one.step, one.value) for one in rows]

    def _keeper(self, home: Any, name: str) -> str:
        """A run that holds the files of a model that no run logged."""
        draft = RunDraft(
            token=uuid4().hex,
            name=name,
            status="finished",
            started=datetime.now(timezone.utc),
            tags={KEEPER: "1"},
            description="Made by tracklayer: it holds a model that was logged outside of any run.",
        )
        return self.place.keep(known_of(self.place.driver.create_run(home, draft))).run


def _texts(params: Mapping[str, ParamValue]) -> dict[str, str]:
    """Params of a model are text."""
    return {key: str(value) for key, value in params.items()}


def _no_model(model_id: str) -> Exception:
    return absent(f"Logged model with ID '{model_id}' not found.")
