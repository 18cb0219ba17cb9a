"""Which TensorBoard a run's points go to: the URL's, or the experiment's own. None is made unasked: it is billed."""

from __future__ import annotations

import re

from tracklayer.drivers.google import Json
from tracklayer.drivers.vertex import names, record
from tracklayer.drivers.vertex.config import VertexConfig
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.tensorboard import Tensorboard, board_run
from tracklayer.drivers.vertex.wire import BACKING
from tracklayer.errors import InvalidInput

#: The whole name of a TensorBoard.
WHOLE = re.compile(r"projects/[\w.:-]+/locations/[\w-]+/tensorboards/[\w-]+")


class Boards:
    """The TensorBoards that one URL means. Errors are ours."""

    def __init__(self, config: VertexConfig, contexts: Contexts, board: Tensorboard) -> None:
        self._config = config
        self._contexts = contexts
        self._board = board
        self._checked: str | None = None

    def given(self) -> str | None:
        """The URL's, by its whole name; None where it names none. `NotFound`."""
        if self._config.series != "given":
            return None
        if self._checked is None:
            text = self._config.tensorboard or ""
            whole = text if "/" in text else f"{self._config.parent}/tensorboards/{text}"
            self._checked = self._board.check(whole)
        return self._checked

    def of(self, experiment: Json) -> str | None:
        """The one for the runs of an experiment; None where time series go elsewhere. `InvalidInput`."""
        if self._config.series != "backing":
            return self.given()
        board = (experiment.get("metadata") or {}).get(BACKING)
        if not isinstance(board, str) or WHOLE.fullmatch(board) is None:
            message = (
                f"experiment {names.last(experiment['name'])!r} has no TensorBoard of its own: name one in the URL"
                " (?tensorboard=ID), or leave the option out to have series kept beside the run"
            )
            raise InvalidInput(message)
        return board

    def run(self, context: str) -> str | None:
        """The TensorBoard run of a run, made at its first points; None without a TensorBoard. `NotFound`."""
        if self._config.series == "none":
            return None
        found = self._contexts.known(context)
        kept = record.read(found.get("metadata") or {})
        known = board_run(kept.board)
        if known is not None:
            return known
        home = kept.experiment or names.last((found.get("parentContexts") or [""])[0])
        board = self.of(self._contexts.known(home))
        return None if board is None else self._board.made(board, home, context)
