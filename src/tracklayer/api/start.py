"""Start a run, or go on with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from uuid import uuid4

from tracklayer.api.active_run import ActiveRun
from tracklayer.api.clock import now
from tracklayer.api.current import current
from tracklayer.api.names import run_name
from tracklayer.api.refs import AnyRun, ref_of
from tracklayer.api.source import source, user
from tracklayer.api.values import param_values, tag_values
from tracklayer.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from tracklayer.model import Batch, Experiment, ExperimentDraft, Run, RunDraft
from tracklayer.spi import Driver, Feature

DEFAULT = "Default"

Parent: TypeAlias = AnyRun | bool | None


def start(
    driver: Driver,
    experiment: str | None,
    *,
    name: str | None,
    parent: Parent,
    tags: Mapping[str, object] | None,
    params: Mapping[str, object] | None,
    description: str | None,
) -> ActiveRun:
    """A new run, with its experiment when there is none.

    * It starts now, in whole milliseconds. User, commit and command line are noted. What the provider does not offer of
      these is left out.
    * `experiment`: None: the parent's, else `Default`. * `parent`: a run, its id or URL; True: the current run.
    """
    above = _parent(driver, parent)
    first = Batch(params=param_values(params or {}))
    token, offers = uuid4().hex, driver.traits.offers
    draft = RunDraft(
        token=token,
        name=run_name(token) if name is None else name,
        started=now() if offers(Feature.BACKDATING) else None,
        parent=None if above is None else above.ref,
        tags=tag_values(tags or {}),
        description=description,
        user=user() if offers(Feature.PROVENANCE) else None,
        source=source() if offers(Feature.PROVENANCE) else None,
    )
    home = _home(driver, experiment, above)
    run = ActiveRun(driver, driver.create_run(home.ref, draft), home)
    if first.params:
        try:
            driver.write(run.ref, first)
        except BaseException:
            run.end("failed")  # nobody holds this run: nobody else would end it
            raise
    return run


def resume(
    driver: Driver,
    which: AnyRun,
    *,
    name: str | None,
    tags: Mapping[str, object] | None,
    params: Mapping[str, object] | None,
    description: str | None,
) -> ActiveRun:
    """A run that goes on: its status is `running` again. Name, tags, params and description are added to it."""
    found = driver.get_run(ref_of(driver, which))
    if found.deleted:
        message = f"run {found.id!r} is deleted: restore it first"
        raise Conflict(message, provider=driver.traits.provider, operation="start_run")
    driver.write(
        found.ref,
        Batch(
            params=param_values(params or {}),
            tags=tag_values(tags or {}),
            name=name,
            description=description,
            status=None if found.status == "running" else "running",
        ),
    )
    return ActiveRun(
        driver, found.model_copy(update={"name": name or found.name}), driver.get_experiment(found.experiment)
    )


def _parent(driver: Driver, parent: Parent) -> Run | ActiveRun | None:
    if parent is None or parent is False:
        return None
    above = current() if parent is True else parent
    if above is None:
        message = "parent=True, but no run is active to be the parent: start one first, or give its id"
        raise InvalidInput(message)
    ref = ref_of(driver, above)
    return driver.get_run(ref) if isinstance(above, str) else above


def _home(driver: Driver, name: str | None, parent: Run | ActiveRun | None) -> Experiment:
    """The experiment of the new run, made when there is none of that name."""
    if name is not None or parent is None:
        found = _made(driver, ExperimentDraft(name=DEFAULT if name is None else name))
    else:
        found = driver.get_experiment(parent.experiment) if isinstance(parent, Run) else parent.experiment
    if found.deleted:
        message = (
            f"the experiment {found.name!r} is deleted: restore it with client.restore(client.experiment(name)), or"
            " take another name"
        )
        raise Conflict(message, provider=driver.traits.provider, operation="start_run")
    return found


def _made(driver: Driver, draft: ExperimentDraft) -> Experiment:
    """The experiment of that name, also when somebody else makes it at the same time."""
    try:
        return driver.get_experiment(draft.name)
    except NotFound:
        pass
    try:
        return driver.create_experiment(draft)
    except AlreadyExists:
        return driver.get_experiment(draft.name)
