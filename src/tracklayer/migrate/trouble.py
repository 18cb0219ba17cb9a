"""Trouble: why a task failed, in what can be sent from one process to another."""

from __future__ import annotations

from dataclasses import dataclass

from tracklayer.errors import ProviderError, Timeout, TracklayerError, Unauthenticated, Unavailable

#: What a place that does not answer, or not to us, raises.
SILENT = (Unavailable, Timeout, Unauthenticated)
#: Steps that may fail one after the other because a place does not answer, before the rest is not tried.
MOST_SILENCE = 3
#: How often a run is begun in all, at least, when what kept it may pass; then on as long as that brings any run.
ROUNDS = 3


@dataclass(frozen=True)
class Trouble:
    """`reason` in one line. `silent`: a place did not answer. `passing`: it may go well another time."""

    reason: str
    silent: bool
    passing: bool

    @classmethod
    def of(cls, error: Exception) -> Trouble:
        """What an error comes to."""
        said = str(error) if isinstance(error, TracklayerError) else f"{type(error).__name__}: {error}"
        # A call that may not be repeated blindly, as what makes a run, may be here: copies are known by their tokens.
        passing = isinstance(error, (Unavailable, Timeout)) or (isinstance(error, ProviderError) and error.retryable)
        return cls(" ".join(said.split()), isinstance(error, SILENT), passing)
