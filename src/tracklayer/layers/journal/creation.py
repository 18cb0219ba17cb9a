"""Creation: the run of a journal in one place, made there or found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tracklayer.errors import AlreadyExists, Conflict, NotFound
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.records import Parent, Start
from tracklayer.model import (
    ENDED,
    Batch,
    Clause,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Query,
    Run,
    RunDraft,
    RunRef,
    Source,
    View,
)
from tracklayer.spi import Driver, Feature, Traits, every

#: The experiment of runs that name none.
DEFAULT = "Default"


def resumed(driver: Driver, run: RunRef) -> Run:
    """A run that is gone on with: its status is `running` again. `NotFound`; `Conflict` when it is deleted."""
    found = driver.get_run(run)
    refuse_deleted(driver, found)
    return _running(driver, found)


def refuse_deleted(driver: Driver, run: Run) -> None:
    """`Conflict` for a run that is to go on and is deleted."""
    if run.deleted:
        message = f"run {run.id!r} is deleted: restore it first"
        raise Conflict(message, provider=driver.traits.provider, operation="start_run")


def created(driver: Driver, journal: Journal, source: Source | None, *, live: bool) -> Run:
    """The run that a journal's start describes, made unless it is there. What the place does not offer is left out.

    * `live`: its writer goes on, so a run that has ended is opened again.
    """
    start = journal.start
    above = _above(driver, journal, start.parent)
    home = _home(driver, start, above)
    known = None if driver.traits.native(Feature.IDEMPOTENT_CREATE) else token_found(driver, home.ref, start.token)
    draft = _offered(driver.traits, start.draft, parent=above, source=source)
    run = known or driver.create_run(home.ref, draft)
    return _running(driver, run) if live else run


def joined(driver: Driver, journal: Journal) -> Run | None:
    """The run of a journal whose writer does not make it; None when nobody has made it yet."""
    start = journal.start
    try:
        home = _home(driver, start, _above(driver, journal, start.parent), make=False)
    except NotFound:
        return None
    return token_found(driver, home.ref, start.token)


def token_found(driver: Driver, home: ExperimentRef, token: str) -> Run | None:
    """The run of a token in an experiment, be it deleted."""
    return next(_of_token(driver, home, token, "all"), None)


def remove_twins(driver: Driver, run: RunRef, token: str) -> None:
    """Delete the other runs of a token that hold nothing.

    A request that its asker gave up may have been carried out after the run was looked for, and found missing.
    """
    if driver.traits.offers(Feature.DELETE):
        for twin in list(_of_token(driver, driver.get_run(run).experiment, token, "active")):
            if twin.id != run.id and not twin.params and not twin.metrics:
                driver.delete(twin.ref)


def _of_token(driver: Driver, home: ExperimentRef, token: str, view: View) -> Iterator[Run]:
    clause = Clause(entity="attribute", key="token", operator="=", value=token)
    return every(partial(driver.list_runs, Query(experiments=(home,), where=(clause,), view=view)))


def named(driver: Driver, name: str) -> Experiment:
    """The experiment of that name, made if there is none; also when somebody else makes it at the same time."""
    draft = ExperimentDraft(name=name)
    try:
        return driver.get_experiment(draft.name)
    except NotFound:
        pass
    try:
        return driver.create_experiment(draft)
    except AlreadyExists:
        return driver.get_experiment(draft.name)


def _home(driver: Driver, start: Start, above: RunRef | None, *, make: bool = True) -> Experiment:
    """The experiment of the run. `Conflict` when it is deleted."""
    if start.experiment is None and above is not None:
        found = driver.get_experiment(driver.get_run(above).experiment)
    elif make:
        found = named(driver, start.experiment or DEFAULT)
    else:
        found = driver.get_experiment(start.experiment or DEFAULT)
    if found.deleted:
        message = (
            f"the experiment {found.name!r} is deleted: restore it with client.restore(client.experiment(name)), or"
            " take another name"
        )
        raise Conflict(message, provider=driver.traits.provider, operation="start_run")
    return found


def _above(driver: Driver, journal: Journal, parent: Parent | None) -> RunRef | None:
    """The parent in this place. `NotFound` while it has not been made there."""
    if parent is None or not driver.traits.offers(Feature.NESTED_RUNS):
        return None
    place = driver.url
    if place in parent.ids:
        return RunRef(id=parent.ids[place])
    for other in journal.beside(parent.token):
        run = other.cursor(place).run
        if run is not None:
            return RunRef(id=run)
    if parent.token is not None and parent.experiment is not None:
        try:
            found = token_found(driver, driver.get_experiment(parent.experiment).ref, parent.token)
        except NotFound:
            found = None
        if found is not None:
            return found.ref
    message = "the run's parent is not there yet"
    raise NotFound(message, provider=driver.traits.provider, operation="start_run")


def _offered(traits: Traits, draft: RunDraft, *, parent: RunRef | None, source: Source | None) -> RunDraft:
    """The draft without what the place does not offer."""
    offers = traits.offers
    update: dict[str, Any] = {"parent": parent}
    if not offers(Feature.BACKDATING):
        update["started"] = None
    if not offers(Feature.PROVENANCE):
        update |= {"user": None, "source": None}
    elif source is not None:
        update["source"] = source
    if not offers(Feature.DESCRIPTION):
        update["description"] = None
    if not offers(Feature.EMPTY_VALUES):
        update["tags"] = {key: text for key, text in draft.tags.items() if text}
    return draft.model_copy(update=update)


def _running(driver: Driver, run: Run) -> Run:
    """A run that ended is opened again: somebody goes on with it."""
    if run.status in ENDED and not run.deleted and driver.traits.offers(Feature.RESUME):
        driver.write(run.ref, Batch(status="running"))
        return run.model_copy(update={"status": "running"})
    return run
