"""The store's runs: made, found, changed, deleted and restored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import uuid4

from mlflow.entities import Run, RunInfo, RunStatus, RunTag
from mlflow.utils.name_utils import _generate_random_name

from tracklayer.api.redaction import Redactor
from tracklayer.drivers.mlflow import wire
from tracklayer.errors import NotFound
from tracklayer.model import ENDED, Batch
from tracklayer.plugins.mlflow import entities, uris
from tracklayer.plugins.mlflow.base import Base
from tracklayer.plugins.mlflow.errors import absent, answering, refused
from tracklayer.plugins.mlflow.known import DELETED, REMOVED, Known, drafted
from tracklayer.plugins.mlflow.pens import Live
from tracklayer.plugins.mlflow.place import options
from tracklayer.spi import Feature


class RunStore(Base):
    """Runs. One that is made or gone on with here is logged through the journal until it ends."""

    @answering
    def create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Sequence[RunTag], run_name: str | None
    ) -> Run:
        """Make a run. Its id is waited for, for a while; a place that is down makes it later, under the same id."""
        home = self._active_experiment(experiment_id)
        given = Redactor(options().redaction).tags({tag.key: tag.value for tag in tags or ()})
        named = given.get(wire.NAME)
        if run_name and named and run_name != named:
            message = (
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values"
                f" (run_name='{run_name}', mlflow.runName='{named}')."
            )
            raise refused(message)
        given[wire.NAME] = run_name or named or _generate_random_name()
        began = start_time or time.time_ns() // entities.MILLISECOND
        parent = given.get(wire.PARENT)
        if parent is not None and self._there(parent):
            drafted_tags = {key: text for key, text in given.items() if key != wire.PARENT}
        else:  # MLflow takes any text for a parent
            drafted_tags, parent = given, None
        draft = drafted(drafted_tags, uuid4().hex).model_copy(update={"started": wire.moment(began)})
        if draft.user is None and user_id not in {None, "", entities.NOBODY}:  # a user, and no tag that says so
            draft = draft.model_copy(update={"user": user_id, "tags": {**draft.tags, wire.USER: REMOVED}})
        known = Known(run="", experiment=home.id, name=draft.name, started=began, user=draft.user)
        known.tagged(given)
        live = self.place.begin(draft, known, parent)
        return self._run(live.known)

    @answering
    def get_run(self, run_id: str) -> Run:
        """A whole run, be it deleted."""
        known = self._known(run_id)
        with known.lock:
            return self._run(known)

    @answering
    def update_run_info(
        self, run_id: str, run_status: int | None, end_time: int | None, run_name: str | None
    ) -> RunInfo:
        """Change a run's status, end or name.

        * An end: what is on its way is waited for, for a while. * `RUNNING`: it is logged to from here, from now on.
        """
        known = self._known(run_id)
        self._active(known)
        status = None if run_status is None else wire.STATUSES[RunStatus.to_string(run_status)]
        if status == "running" and not isinstance(self.place.pen(run_id), Live):
            known = self.place.go_on(run_id).known
        change = Batch(status=status, ended=wire.moment(end_time), name=run_name or None)
        if status is not None:
            known.status, known.ended = status, end_time if end_time is not None else known.ended
        elif end_time is not None:
            known.ended = end_time
        if run_name:
            known.name = known.tags[wire.NAME] = run_name
        if status in ENDED:
            self.place.end(run_id, change)
        elif change != Batch(status="running"):
            self.place.pen(run_id).write(change)
        return entities.info(known, self._files(uris.RUNS, known.run), deleted=False)

    @answering
    def delete_run(self, run_id: str) -> None:
        """Delete a run. Where a place would never give it back, it is only noted as deleted."""
        self._delete(run_id, deleted=True)

    @answering
    def restore_run(self, run_id: str) -> None:
        """Bring a run back."""
        self._delete(run_id, deleted=False)

    @answering
    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag of a run."""
        pen = self._pen(run_id)
        with pen.known.lock:
            if key not in pen.known.tags:
                message = f"No tag with name: {key} in run with id {run_id}"
                raise absent(message)
            pen.write(Batch(description=REMOVED) if key == wire.NOTE else Batch(tags={key: REMOVED}))
            pen.known.tagged({key: REMOVED})

    def _delete(self, run_id: str, *, deleted: bool) -> None:
        self._known(run_id)
        self.place.leave(run_id)
        driver, ref = self.place.driver, self.place.ref(run_id)
        if driver.traits.native(Feature.RESTORE):
            (driver.delete if deleted else driver.restore)(ref)
        else:
            moment = str(time.time_ns() // entities.MILLISECOND) if deleted else ""
            driver.write(ref, Batch(tags={DELETED: moment}))
        self.place.forget(run_id)

    def _there(self, run_id: str) -> bool:
        try:
            self.place.known(run_id)
        except NotFound:
            return False
        return True
