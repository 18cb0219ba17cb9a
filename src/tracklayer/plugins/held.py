"""Held: what the callbacks have in common that may stand in a `with`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from tracklayer.api import ActiveRun
from tracklayer.plugins.training import Training

if TYPE_CHECKING:
    from typing_extensions import Self


class Held:
    """A callback. In a `with`, all that is trained in the block is one run, and it ends as the block does."""

    _training: Training

    @property
    def run(self) -> ActiveRun | None:
        """The run that was logged to last, for its `id` and `url`; None before the first, and on other ranks."""
        return self._training.last

    def __enter__(self) -> Self:
        self._training.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._training.exit(error)
