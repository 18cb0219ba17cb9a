"""Start a run, or go on with one: nothing here waits for a network longer than a moment."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, TypeAlias, TypeVar
from uuid import uuid4

from tracklayer.api.active_run import ActiveRun
from tracklayer.api.capture import job_tags
from tracklayer.api.clock import now
from tracklayer.api.current import current
from tracklayer.api.identity import ADVICE, identity, lonely, spelt
from tracklayer.api.logbook import Logbook
from tracklayer.api.names import run_name
from tracklayer.api.options import Options
from tracklayer.api.redaction import Redactor
from tracklayer.api.refs import AnyRun, ref_of
from tracklayer.api.signals import watch
from tracklayer.api.source import user
from tracklayer.api.surroundings import Surroundings
from tracklayer.api.values import param_values, tag_values
from tracklayer.errors import InvalidInput, NotFound, TracklayerError
from tracklayer.layers.gate import lacking, lacking_everywhere, of_batch, of_draft
from tracklayer.layers.journal.carrier import Carrier
from tracklayer.layers.journal.creation import DEFAULT, refuse_deleted
from tracklayer.layers.journal.dispatch import Delivery, carrier_of
from tracklayer.layers.journal.keeper import keep
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.records import VERSION, Parent, Start
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, Run, RunDraft
from tracklayer.spi import Feature, open_driver

log = logging.getLogger("tracklayer")
T = TypeVar("T")

#: Seconds that a place is given to say that a run which is named by its id is not there.
MOMENT = 3.0

Above: TypeAlias = AnyRun | bool | None


def begin(
    carriers: Sequence[Carrier], experiment: str | None, *, resume: AnyRun | None, parent: Above, **given: Any
) -> ActiveRun:
    """A new run, or the one that `resume` names."""
    if resume is None:
        return start(carriers, experiment, parent=parent, **given)
    if parent not in {None, False}:
        message = "a run that is resumed keeps its parent: leave parent= out"
        raise InvalidInput(message)
    return go_on(carriers, resume, **given)


def start(
    carriers: Sequence[Carrier],
    experiment: str | None,
    *,
    name: str | None,
    parent: Above,
    tags: Mapping[str, object] | None,
    params: Mapping[str, object] | None,
    description: str | None,
    options: Options,
) -> ActiveRun:
    """A new run, with its experiment when there is none.

    * It starts now, in whole milliseconds. User, commit and command line are noted, and the job of a cloud that it is
      made in. What a place does not offer of these is left out there.
    * `experiment`: None: the parent's, else `Default`. * `parent`: a run, its id or URL; True: the current run.
    """
    redactor = Redactor(options.redaction)
    above, home = _parent(carriers, parent)
    if experiment is None:
        experiment = home if above is not None else DEFAULT
    mine = identity(experiment, name, shared=options.shared)
    if options.shared and lonely():
        log.warning("tracklayer: each process of this launch logs to a run of its own: %s", ADVICE)
    draft = RunDraft(
        token=mine.token,
        name=run_name(mine.token) if name is None else name,
        started=now(),
        tags={**(job_tags(os.environ) if options.capture else {}), **redactor.tags(tag_values(tags or {}))},
        description=description and redactor.text("description", description),
        user=user(),
    )
    first = Batch(params=redactor.params(param_values(params or {})))
    asked = draft.model_copy(update={"started": None, "user": None})
    _offered_somewhere(carriers, asked, first, nested=above is not None)
    begun = Start(
        version=VERSION,
        draft=draft,
        experiment=experiment,
        places=tuple(carrier.place for carrier in carriers),
        parent=above,
        owner=not mine.rank,
        rank=mine.rank,
        capturing=options.capture and not mine.rank,
        process=this_process(),
    )
    return _begun(begun, carriers, options, redactor, first)


def go_on(
    carriers: Sequence[Carrier],
    which: AnyRun,
    *,
    name: str | None,
    tags: Mapping[str, object] | None,
    params: Mapping[str, object] | None,
    description: str | None,
    options: Options,
) -> ActiveRun:
    """A run that goes on: its status is `running` again. Name, tags, params and description are added to it."""
    redactor = Redactor(options.redaction)
    first = Batch(
        params=redactor.params(param_values(params or {})),
        tags=redactor.tags(tag_values(tags or {})),
        name=name,
        description=description and redactor.text("description", description),
    )
    _offered_somewhere(carriers, RunDraft(token="-"), first.model_copy(update={"status": "running"}))  # noqa: S106 -- a name
    begun = Start(
        version=VERSION,
        places=tuple(carrier.place for carrier in carriers),
        process=this_process(),
        **_resumed(carriers[0], which, name, several=len(carriers) > 1),
    )
    return _begun(begun, carriers, options, redactor, first)


def attach(start_json: str, options_json: str) -> ActiveRun:
    """In another process: the run that was handed to it. It logs through a journal of its own."""
    given, options = Start.model_validate_json(start_json), Options.model_validate_json(options_json)
    carriers = [carrier_to(place) for place in given.places]
    begun = given.model_copy(
        update={
            "owner": False,
            "capturing": False,
            "process": this_process(),
            # a place in the memory of the other process can be reached from there only
            "carried_by": None if all(one.driver.lasting for one in carriers) else given.process,
        }
    )
    return _begun(begun, carriers, options, Redactor(options.redaction), Batch())


def carrier_to(url: str) -> Carrier:
    """The carrier to the place of a URL. `InvalidInput`; `DriverMissing`."""
    driver = stack(open_driver(url))  # makes no call, and says what the place's own URL is
    place = driver.url
    driver.close()
    return carrier_of(place, lambda: stack(open_driver(place)))


def _begun(start: Start, carriers: Sequence[Carrier], options: Options, redactor: Redactor, first: Batch) -> ActiveRun:
    """The run, with its journal on the disk and on its way."""

    def spell(metric: str) -> str:
        return spelt(metric, start.rank, options.ranks)

    delivery = Delivery(start, carriers, spell=spell, on_fork=keep)
    book = Logbook(delivery, options, redactor)

    def sample(metrics: dict[str, float], step: int) -> None:
        book.rows(list(metrics.items()), step, None)

    surroundings = Surroundings(delivery, options, redactor, put=book.put, metrics=sample, audit=book.audit)
    run = ActiveRun(delivery, book, surroundings)
    if first != Batch() or redactor.hidden:
        book.write(first)
    surroundings.begin()
    delivery.go()
    keep()
    watch()
    if options.strict:
        try:
            delivery.run(options.id_timeout)
        except BaseException:
            with suppress(TracklayerError):  # nobody holds this run: nobody else would end it
                run.end("failed", 0)
            raise
    return run


def _resumed(carrier: Carrier, which: AnyRun, name: str | None, *, several: bool) -> dict[str, Any]:
    """What a journal's start says of a run that goes on. `several`: in other places too, which may have to make it."""
    if isinstance(which, ActiveRun):
        begun = which.delivery.start
        return {"draft": begun.draft, "experiment": begun.experiment, "parent": begun.parent, "resume": begun.resume}
    ref = ref_of(carrier.driver, which)
    found = which if isinstance(which, Run) else in_a_moment(lambda: carrier.driver.get_run(ref))
    home = None
    if several and found is not None:
        experiment = found.experiment
        home = in_a_moment(lambda: carrier.driver.get_experiment(experiment).name)
    if found is not None:
        refuse_deleted(carrier.driver, found)
    token = found.token if found is not None else None
    called = name or (found.name if found is not None else None)
    draft = RunDraft(token=token or uuid4().hex, name=called)
    return {"draft": draft, "experiment": home, "resume": {carrier.place: ref.id}}


def _parent(carriers: Sequence[Carrier], parent: Above) -> tuple[Parent | None, str | None]:
    """The run above, and the name of its experiment where that is known here."""
    if parent is None or parent is False:
        return None, None
    above = current() if parent is True else parent
    if above is None:
        message = "parent=True, but no run is active to be the parent: start one first, or give its id"
        raise InvalidInput(message)
    if isinstance(above, ActiveRun):
        begun = above.delivery.start
        if not set(begun.places) & {carrier.place for carrier in carriers}:
            message = f"the parent {above!r} is a run of another place than {carriers[0].place!r}"
            raise InvalidInput(message)
        ids = {one.place: one.cursor.run for one in above.delivery.shipments if one.cursor.run is not None}
        return Parent(token=begun.token, experiment=begun.experiment, ids={**begun.resume, **ids}), begun.experiment
    driver = carriers[0].driver
    ref = ref_of(driver, above)
    if isinstance(above, str):
        in_a_moment(lambda: driver.get_run(ref))
    return Parent(ids={driver.url: ref.id}), None


def _offered_somewhere(carriers: Sequence[Carrier], draft: RunDraft, first: Batch, *, nested: bool = False) -> None:
    """`Unsupported` when a place is only read, or none offers what is asked for; what only some offer, others leave."""
    places = [carrier.driver.traits for carrier in carriers]
    needed = [*of_draft(draft), *of_batch(first), *([Feature.NESTED_RUNS] if nested else [])]
    closed = (error for traits in places if (error := lacking(traits, [Feature.WRITING])) is not None)
    error = next(closed, None) or lacking_everywhere(places, needed)
    if error is not None:
        raise error


def in_a_moment(call: Callable[[], T]) -> T | None:
    """What a place answers at once; None when it takes its time or cannot be asked. `NotFound` travels on."""
    answers: list[T] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(call())
        except Exception as error:  # noqa: BLE001 -- raised in the caller's thread, or of no interest
            errors.append(error)

    asking = Thread(target=ask, name="tracklayer asks", daemon=True)
    asking.start()
    asking.join(MOMENT)
    if errors and isinstance(errors[0], NotFound):
        raise errors[0]
    return answers[0] if answers else None
