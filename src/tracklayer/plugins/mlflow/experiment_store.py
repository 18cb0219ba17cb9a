"""The store's experiments."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities import Experiment, ExperimentTag, LifecycleStage, ViewType
from mlflow.protos.databricks_pb2 import INVALID_STATE, NOT_IMPLEMENTED, RESOURCE_ALREADY_EXISTS
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_MAX_RESULTS_DEFAULT
from mlflow.utils.validation import (
    _validate_experiment_name,
    _validate_experiment_tag,
    _validate_tag,
)

from tracklayer.errors import AlreadyExists, NotFound
from tracklayer.plugins.mlflow import entities
from tracklayer.plugins.mlflow.base import Base
from tracklayer.plugins.mlflow.errors import absent, answering, refused
from tracklayer.plugins.mlflow.experiments import Noted
from tracklayer.plugins.mlflow.paging import checked_most, experiments_page


class ExperimentStore(Base):
    """Experiments: made, found, searched, tagged, deleted and restored."""

    @answering
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] | None = None
    ) -> str:
        """Make an experiment, and say its id. Its files lie where its place keeps them."""
        _validate_experiment_name(name)
        if artifact_location:
            message = (
                f"artifact_location={artifact_location!r}: the files of an experiment lie in its place,"
                f" {self.place.url}; leave artifact_location out"
            )
            raise refused(message)
        for tag in tags or ():
            _validate_experiment_tag(tag.key, tag.value)
        try:
            return self.place.experiments.create(name, {tag.key: tag.value for tag in tags or ()}).id
        except AlreadyExists as error:
            message = f"Experiment(name={name}) already exists. Error: {error}"
            raise refused(message, RESOURCE_ALREADY_EXISTS) from error

    @answering
    def get_experiment(self, experiment_id: str) -> Experiment:
        """An experiment by its id, be it deleted."""
        return self._entity(self._experiment(experiment_id))

    @answering
    def get_experiment_by_name(self, experiment_name: str) -> Experiment | None:
        """An experiment by its name, be it deleted; None where there is none."""
        try:
            return self._entity(self.place.experiments.by_name(experiment_name))
        except NotFound:
            return None

    @answering
    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = SEARCH_MAX_RESULTS_DEFAULT,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Experiments by MLflow's search language. A place that deletes them itself lists none of those."""
        checked_most(max_results)
        stages = LifecycleStage.view_type_to_stages(view_type)
        found = [self._entity(noted) for noted in self.place.experiments.all()]
        found = [one for one in found if one.lifecycle_stage in stages]
        return experiments_page(found, filter_string, order_by, max_results, page_token)

    @answering
    def delete_experiment(self, experiment_id: str) -> None:
        """Delete an experiment, and with it all its runs, until it is restored."""
        if self._experiment(experiment_id).deleted:
            message = f"No Experiment with id={experiment_id} exists"
            raise absent(message)
        self.place.experiments.delete(experiment_id)

    @answering
    def restore_experiment(self, experiment_id: str) -> None:
        """Bring an experiment back."""
        if not self._experiment(experiment_id).deleted:
            message = f"No Experiment with id={experiment_id} exists"
            raise absent(message)
        self.place.experiments.restore(experiment_id)

    @answering
    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Refused: no place is asked to rename an experiment."""
        _validate_experiment_name(new_name)
        if self._experiment(experiment_id).deleted:
            raise refused("Cannot rename a non-active experiment.", INVALID_STATE)
        message = (
            f"tracklayer does not rename experiments ({self.place.url}): make one of the new name, and move the runs"
            " there with `tracklayer migrate`"
        )
        raise refused(message, NOT_IMPLEMENTED)

    @answering
    def set_experiment_tag(self, experiment_id: str, tag: ExperimentTag) -> None:
        """Set a tag; the last value stands."""
        _validate_experiment_tag(tag.key, tag.value)
        tag = _validate_tag(tag.key, tag.value)
        self.place.experiments.tag(self._active_experiment(experiment_id).id, tag.key, tag.value)

    @answering
    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Delete a tag."""
        noted = self._active_experiment(experiment_id)
        if key not in noted.tags:
            message = f"No tag with name: {key} in experiment with id {experiment_id}"
            raise absent(message)
        self.place.experiments.tag(noted.id, key, None)

    def _entity(self, noted: Noted) -> Experiment:
        return entities.experiment(noted, self._root)
