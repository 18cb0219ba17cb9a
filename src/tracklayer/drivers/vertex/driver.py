"""Google Vertex AI Experiments: a driver that speaks the documented REST API itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, BinaryIO

from tracklayer.drivers.google import CREDENTIALS, GoogleAuth, Identity, Json, Objects, Rest
from tracklayer.drivers.vertex import listing, names, reading, record, wire
from tracklayer.drivers.vertex.artifacts import Files
from tracklayer.drivers.vertex.boards import Boards
from tracklayer.drivers.vertex.config import VertexConfig, base
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.deleting import Deleting
from tracklayer.drivers.vertex.errors import PROVIDER, TABLE
from tracklayer.drivers.vertex.inputs import show
from tracklayer.drivers.vertex.making import Making
from tracklayer.drivers.vertex.nodes import Nodes
from tracklayer.drivers.vertex.others import Others
from tracklayer.drivers.vertex.shelf import Places, Shelf
from tracklayer.drivers.vertex.tensorboard import Tensorboard
from tracklayer.drivers.vertex.traits import PLAIN, VERTEX
from tracklayer.errors import Conflict, NotFound
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
    canonical,
)
from tracklayer.spi import Cursor, Driver, Page

#: Experiments a page of a list holds.
PAGE = 100


class VertexDriver(Driver):
    """One location of one project, `vertex://project/location[?bucket=&prefix=&tensorboard=]`."""

    traits = VERTEX
    credentials: tuple[str, ...] = CREDENTIALS

    def __init__(self, config: VertexConfig, rest: Rest, objects: Objects) -> None:
        self.url = config.url
        self._config = config
        self.traits = PLAIN if config.series == "none" else VERTEX
        self._rest = rest
        self._objects = objects
        self._contexts = Contexts(rest, config.parent)
        self._nodes = Nodes(rest, self._contexts)
        self._board = Tensorboard(rest, self._nodes)
        self._boards = Boards(config, self._contexts, self._board)
        self._places = Places(objects, self._contexts, config)
        self._making = Making(self._contexts, self._places)
        self._shelf = Shelf(self._contexts, objects, self._places)
        self._files = Files(self._contexts, self._nodes, objects, self._places)
        self._others = Others(self._contexts, self._nodes, self._board)
        self._deleting = Deleting(self._contexts, self._nodes, self._board, objects, self._places)

    @classmethod
    def open(cls, url: str, /) -> Driver:
        config = VertexConfig.read(url)
        identity = Identity()
        rest = Rest(base(config.location), GoogleAuth(identity), provider=PROVIDER, table=TABLE)
        return cls(config, rest, Objects(identity, config.project, provider=PROVIDER))

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        return reading.experiment(self._making.experiment(draft, self._boards.given()))

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        name = which if isinstance(which, str) else names.experiment_context(which.id)
        return reading.experiment(self._experiment(name or ""))

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        found = listing.experiments(self._contexts, listing.Place.read(after), PAGE)
        given = [reading.experiment(one) for one in found.nodes if reading.is_experiment(one)]
        return Page(tuple(one for one in given if not one.deleted), found.cursor)

    def _experiment(self, name: str, *, known: bool = False) -> Json:
        """The context of an experiment. `known`: a look of the last minute will do. `NotFound`."""
        context = self._contexts.known(name) if known else self._contexts.get(name)
        if not reading.is_experiment(context):
            message = f"{name!r} is no experiment: it is a {context.get('schemaTitle') or 'context'}"
            raise NotFound(message, provider=PROVIDER, operation="GetContext")
        return context

    # -- runs

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        home = names.experiment_context(experiment.id) or ""
        self._boards.of(self._experiment(home, known=True))
        return reading.run(self._making.run(home, draft))

    def get_run(self, run: RunRef, /) -> Run:
        if run.id.startswith(names.LEGACY):
            return self._preview(run.id)
        context = self._run(run.id)
        return self._others.completed(reading.run(context), context)

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        if query.view == "deleted":  # what is deleted is gone
            return Page(())
        found = listing.runs(self._contexts, self._nodes, query, listing.Place.read(after), query.page_size)
        runs = (
            reading.run(one, found.experiment)
            if one.get("schemaTitle") != wire.PREVIEW
            else self._others.preview(one, found.experiment)
            for one in found.nodes
        )
        return Page(tuple(runs), found.cursor)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self._refuse_preview(run.id)
        points = _merged(batch.points)
        board = self._boards.run(run.id) if points else None
        now = _now()

        def change(context: Json) -> Json:
            _refuse_others(context)
            new = wire.changed(context, batch, now)
            if points:
                new = wire.measured(new, points, board)
            return wire.checked(new)

        self._contexts.update(run.id, change)
        if board is not None:
            self._board.write(board, points)
        if batch.inputs:
            show(self._nodes, run.id, batch.inputs)

    def _run(self, name: str) -> Json:
        """The context of a run. `NotFound`."""
        context = self._contexts.get(name)
        if context.get("schemaTitle") not in {wire.RUN, wire.PIPELINE}:
            message = f"{name!r} is no run: it is a {context.get('schemaTitle') or 'context'}"
            raise NotFound(message, provider=PROVIDER, operation="GetContext")
        return context

    def _preview(self, run: str) -> Run:
        found = self._others.whole_preview(run)
        if found is None:
            message = f"there is no run {run!r}"
            raise NotFound(message, provider=PROVIDER, operation="GetExecution")
        return found

    def _refuse_preview(self, run: str) -> None:
        if run.startswith(names.LEGACY):
            self._preview(run)
            _refuse_others({"schemaTitle": wire.PREVIEW})

    # -- points

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        if run.id.startswith(names.LEGACY):
            return Page((_single(self._preview(run.id), key),))
        context = self._run(run.id) if after is None else self._contexts.known(run.id)
        board = self._others.board_run(context)
        series = None if board is None else self._board.find(board, key)
        if series is not None:
            points, ahead = self._board.read(series.name, key, after)
            return Page((points,), ahead)
        whole = reading.run(context)
        if context.get("schemaTitle") == wire.PIPELINE:
            whole = self._others.completed(whole, context)
        told = whole.metrics.get(key) if key not in record.read(context.get("metadata") or {}).points else None
        return Page((_single(whole, key) if told is not None else Points.of(key),))

    # -- deleting

    def delete(self, owner: Owner, /) -> None:
        if isinstance(owner, ExperimentRef):
            name = names.experiment_context(owner.id) or ""
            self._experiment(name)
            self._deleting.experiment(name)
        elif owner.id.startswith(names.LEGACY):
            self._preview(owner.id)
            self._deleting.preview(owner.id.removeprefix(names.LEGACY))
        else:
            self._run(owner.id)
            self._deleting.run(owner.id)

    # -- files and sidecars

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        self._refuse_preview(run.id)
        self._files.put(run.id, path, data)

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        return self._files.open(run.id, path)

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        if run.id.startswith(names.LEGACY):  # the SDK's preview attached none
            return Page(())
        return self._files.page(run.id, after)

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        self._shelf.put(_context(owner), key, data)

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        if owner.id.startswith(names.LEGACY):
            return {}
        return self._shelf.get(_context(owner), prefix)

    def console(self, run: Run, /) -> str | None:
        home = names.experiment_context(run.experiment.id)
        return None if home is None or run.id.startswith(names.LEGACY) else self._config.console(home, run.id)

    def close(self) -> None:
        self._rest.close()
        self._objects.close()


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _context(owner: Owner) -> str:
    """The context of an owner's id; for what is none, one that is not there."""
    return owner.id if isinstance(owner, RunRef) else names.experiment_context(owner.id) or "/"


def _merged(points: tuple[Points, ...]) -> dict[str, Points]:
    """The points of each metric, all parts together."""
    parts: dict[str, list[Points]] = {}
    for part in points:
        if len(part):
            parts.setdefault(part.key, []).append(part)
    return {key: some[0] if len(some) == 1 else canonical(key, some) for key, some in parts.items()}


def _single(run: Run, key: str) -> Points:
    """A metric that is one value, as a series of one point."""
    summary = run.metrics.get(key)
    rows = [] if summary is None else [(summary.last_step, summary.last_time, summary.last)]
    return Points.of(key, rows)


def _refuse_others(context: Mapping[str, Any]) -> None:
    """Pipelines and runs of the SDK's preview are what their own services make of them."""
    kind = context.get("schemaTitle")
    if kind == wire.EXPERIMENT:
        message = "that is an experiment: write to a run of it"
        raise NotFound(message, provider=PROVIDER, operation="write")
    if kind != wire.RUN:
        message = f"a {kind} can be read, not written: make a run of its experiment instead"
        raise Conflict(message, provider=PROVIDER, operation="write")
