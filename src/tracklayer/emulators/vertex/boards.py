"""TensorBoards, their experiments, runs and time series: made, read, listed, updated, deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracklayer.emulators.vertex import checks
from tracklayer.emulators.vertex.core import Core, Handler
from tracklayer.emulators.vertex.errors import invalid, missing, taken
from tracklayer.emulators.vertex.matching import ordered, test_of
from tracklayer.emulators.vertex.messages import Message, copied, make
from tracklayer.emulators.vertex.names import board_id, split
from tracklayer.emulators.vertex.operations import submitted
from tracklayer.emulators.vertex.paging import page_size
from tracklayer.emulators.vertex.stores import location

#: "A maximum of 1000 ... can be created in a batch." types/tensorboard_service.py
BATCH = 1000
#: "The size limited to 65KB." types/tensorboard_time_series.py
PLUGIN_DATA = 65_000


@dataclass(frozen=True)
class Kind:
    """One of the four. `page`, `most`: the sizes of pages. `fields`: those that an update may change."""

    collection: str
    field: str
    title: str
    plural: str
    page: int
    most: int
    fields: tuple[str, ...]
    named: bool = False

    @property
    def items(self) -> str:
        """The field of a list's answer."""
        return self.field if self.field.endswith("series") else f"{self.field}s"


_TEXTS = ("display_name", "description", "labels")
BOARD = Kind("tensorboards", "tensorboard", "Tensorboard", "Tensorboards", 100, 100, (*_TEXTS, "is_default"))
EXPERIMENT = Kind(
    "experiments", "tensorboard_experiment", "TensorboardExperiment", "TensorboardExperiments", 50, 1000, _TEXTS
)
RUN = Kind("runs", "tensorboard_run", "TensorboardRun", "TensorboardRuns", 50, 1000, _TEXTS, named=True)
SERIES = Kind(
    "timeSeries",
    "tensorboard_time_series",
    "TensorboardTimeSeries",
    "TensorboardTimeSeries",
    50,
    1000,
    ("display_name", "description", "plugin_data"),
    named=True,
)


def _create_board(core: Core, asked: Message) -> Message:
    parent = location(core, asked.parent)
    if not asked.tensorboard.display_name:
        raise invalid("The display_name of a Tensorboard is required.")
    board = copied(asked.tensorboard)
    _clear(board, "blob_storage_path_prefix", "run_count")
    checks.labels(board.labels)
    board.name = f"{parent}/tensorboards/{core.number()}"
    board.blob_storage_path_prefix = f"cloud-ai-platform-{split(board.name)[2]}"

    def finish() -> Message:
        core.add(board)
        _only_default(core, board)
        return copied(board)

    return submitted(core, board.name, "CreateTensorboardOperationMetadata", finish)


def _only_default(core: Core, board: Message) -> None:
    """A default one "will mark all other TensorBoard instances (if any) as non default." types/tensorboard.py."""
    if board.is_default:
        for other in core.places[split(board.name)[0], "tensorboards"].values():
            other.is_default = other.name == board.name


class _Beside:
    """What is there already: ids are unique, and so are display names of runs and of series.

    * types/tensorboard_run.py, types/tensorboard_time_series.py.
    """

    def __init__(self, kind: Kind, core: Core) -> None:
        self._kind = kind
        self._core = core
        self._shown: dict[str, dict[str, str]] = {}
        self._drafts: set[str] = set()

    def admit(self, resource: Message) -> None:
        """It is beside them from now on. Raises ALREADY_EXISTS."""
        parent, collection, _ = split(resource.name)
        if self._core.find(resource.name) is not None or resource.name in self._drafts:
            raise taken(self._kind.title, resource.name)
        self._drafts.add(resource.name)
        if not self._kind.named:
            return
        if parent not in self._shown:
            held = self._core.places[parent, collection].values()
            self._shown[parent] = {one.display_name: one.name for one in held}
        other = self._shown[parent].setdefault(resource.display_name, resource.name)
        if other != resource.name:
            raise taken(self._kind.title, f"{other} and display_name {resource.display_name!r}")


def _create(kind: Kind, core: Core, asked: Message) -> Message:
    return copied(core.add(_drafted(kind, core, asked, _Beside(kind, core))))


def _drafted(kind: Kind, core: Core, asked: Message, beside: _Beside) -> Message:
    """What a request makes, checked, not yet there."""
    parent = core.get(asked.parent, _PARENTS[kind.collection]).name
    given = getattr(asked, f"{kind.field}_id")
    if given or kind is not SERIES:
        board_id(given, f"{kind.field}_id", core.knobs)
    resource = copied(getattr(asked, kind.field))
    resource.name = f"{parent}/{kind.collection}/{given or core.number()}"
    _clear(resource, "metadata")
    if kind is SERIES:
        if not resource.value_type:
            raise invalid("The value_type of a TensorboardTimeSeries is required.")
        _plugin(resource)
        resource.metadata.SetInParent()
    else:
        checks.labels(resource.labels)
    if kind.named and not resource.display_name:
        raise invalid(f"The display_name of a {kind.title} is required.")
    beside.admit(resource)
    return resource


def _plugin(series: Message) -> None:
    if len(series.plugin_data) > PLUGIN_DATA:
        raise invalid(f"The plugin_data is limited to 65KB: it has {len(series.plugin_data)} bytes.")


def _batch(kind: Kind, core: Core, asked: Message) -> Message:
    parent = core.get(asked.parent, "TensorboardExperiment").name
    if not 1 <= len(asked.requests) <= BATCH:
        raise invalid(f"A batch has 1 to {BATCH} requests: this one has {len(asked.requests)}.")
    drafts, beside = [], _Beside(kind, core)
    for request in asked.requests:
        owner = core.name(request.parent)
        if (owner if kind is RUN else owner.rpartition("/runs/")[0]) != parent:
            raise invalid(f"The parent {request.parent!r} of a request does not match {parent!r}.")
        drafts.append(_drafted(kind, core, request, beside))
    made = [copied(core.add(draft)) for draft in drafts]
    return make(f"BatchCreate{kind.plural}Response", **{kind.items: made})


def _get(kind: Kind, core: Core, asked: Message) -> Message:
    return copied(_counted(kind, core, core.get(asked.name, kind.title)))


def _counted(kind: Kind, core: Core, resource: Message) -> Message:
    if kind is BOARD:
        experiments = core.places.get((resource.name, "experiments"), {})
        resource.run_count = sum(len(core.places.get((name, "runs"), {})) for name in experiments)
    return resource


def _list(kind: Kind, core: Core, asked: Message) -> Message:
    parent = location(core, asked.parent) if kind is BOARD else core.get(asked.parent, _PARENTS[kind.collection]).name
    size = page_size(asked.page_size, default=kind.page, most=kind.most, refuse=False)

    def found() -> list[str]:
        test = test_of(core, kind.collection, asked.filter)
        kept = [one for one in core.below(parent, kind.collection) if test(one)]
        return [one.name for one in ordered(kind.collection, asked.order_by, kept)]

    question = (kind.collection, parent, asked.filter, asked.order_by)
    names, token = core.pages.take(question, found, size, asked.page_token)
    held = core.places[parent, kind.collection]
    page = [_counted(kind, core, held[name]) for name in names if name in held]
    if asked.read_mask.paths:
        page = [_masked(one, asked.read_mask) for one in page]
    return make(f"List{kind.plural}Response", **{kind.items: page}, next_page_token=token)


def _masked(resource: Message, mask: Message) -> Message:
    twin = type(resource)()
    mask.MergeMessage(resource, twin)
    return twin


def _update(kind: Kind, core: Core, asked: Message) -> Message:
    given = getattr(asked, kind.field)
    held = core.find(given.name)
    if held is None:
        raise missing(core.asking, kind.title, core.name(given.name))
    checks.fresh(kind.title, held, given.etag)
    after = copied(held)
    checks.overwritten(after, given, checks.mask_paths(core, asked.update_mask, given), kind.fields)
    if kind is SERIES:
        _plugin(after)
    else:
        checks.labels(after.labels)
    parent = split(after.name)[0]
    for other in core.places[parent, kind.collection].values() if kind.named else ():
        if other.name != after.name and other.display_name == after.display_name:
            raise taken(kind.title, f"{other.name} and display_name {after.display_name!r}")
    core.stamp(after)
    core.places[parent, kind.collection][after.name] = after
    if kind is not BOARD:
        return copied(after)
    _only_default(core, after)
    return submitted(core, after.name, "UpdateTensorboardOperationMetadata", lambda: copied(after))


def _delete(kind: Kind, core: Core, asked: Message) -> Message:
    name = core.get(asked.name, kind.title).name
    return submitted(core, name, "DeleteOperationMetadata", lambda: None, effect=lambda: core.remove(name))


def _clear(resource: Message, *fields: str) -> None:
    for field in ("create_time", "update_time", "etag", *fields):
        if field in resource.DESCRIPTOR.fields_by_name:
            resource.ClearField(field)


_PARENTS = {"experiments": "Tensorboard", "runs": "TensorboardExperiment", "timeSeries": "TensorboardRun"}


def _bound(kind: Kind, act: Callable[[Kind, Core, Message], Any]) -> Handler:
    return lambda core, asked: act(kind, core, asked)


HANDLERS: Mapping[str, Handler] = {
    "CreateTensorboard": _create_board,
    **{f"Create{kind.title}": _bound(kind, _create) for kind in (EXPERIMENT, RUN, SERIES)},
    **{f"BatchCreate{kind.plural}": _bound(kind, _batch) for kind in (RUN, SERIES)},
    **{f"Get{kind.title}": _bound(kind, _get) for kind in (BOARD, EXPERIMENT, RUN, SERIES)},
    **{f"List{kind.plural}": _bound(kind, _list) for kind in (BOARD, EXPERIMENT, RUN, SERIES)},
    **{f"Update{kind.title}": _bound(kind, _update) for kind in (BOARD, EXPERIMENT, RUN, SERIES)},
    **{f"Delete{kind.title}": _bound(kind, _delete) for kind in (BOARD, EXPERIMENT, RUN, SERIES)},
}
