"""Window: how many tasks are in flight at once, by how the places take it."""

from __future__ import annotations

from dataclasses import dataclass

from tracklayer.migrate.trouble import MOST_SILENCE

#: Tasks in flight to begin with, and at least, unless a place refuses for the rate.
FIRST = 4.0
#: Calls that take so many times as long as they did at best are waiting for one another: fewer will do as much.
SLOW, STUCK = 2.0, 4.0
#: How much of the mean a single call counts, and by how much the best that was seen is let go with each.
WEIGHT, FADING = 0.05, 1.0005


@dataclass(frozen=True)
class Heard:
    """An attempt at a call: the seconds it took, whether it failed, and whether that was for the rate (429)."""

    seconds: float
    failed: bool = False
    limited: bool = False


class Window:
    """The tasks that may be in flight, from 1 to `most`: TCP's way (RFC 5681).

    * It begins slow and doubles with each round, until calls take longer than they did at best, or are refused. From
      then on it adds one a round.
    * A place that refuses for the rate (429) halves it, once for all that were in flight then.
    * While calls take longer than they did at best it does not grow; it shrinks slowly when they take far longer, but
      not below what it began with: a machine that is busy with other things is slow too.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._size = min(FIRST, float(most))
        self._least = self._size
        self._doubling = True
        self._refused = 0  # tasks that end before another refusal counts
        self._mean = 0.0
        self._best = 0.0

    @property
    def patience(self) -> int:
        """Tasks that may fail one after the other because a place does not answer, before it is taken to be gone.

        * All that are in flight fail together when a place is away for a moment: so, two rounds of them.
        """
        return int(max(MOST_SILENCE * min(FIRST, self.most), 2 * self.size))

    @property
    def size(self) -> int:
        """Tasks that may be in flight now."""
        return max(1, int(self._size))

    def heard(self, attempt: Heard) -> None:
        """An attempt at a call has ended."""
        if attempt.limited:
            if not self._refused:
                self._size = max(1.0, self._size / 2)
                self._refused = self.size
                self._least, self._doubling = 1.0, False
        elif not attempt.failed:
            self._mean = attempt.seconds if not self._mean else self._mean + (attempt.seconds - self._mean) * WEIGHT
            self._best = min(self._mean, self._best * FADING) if self._best else self._mean

    def ended(self) -> None:
        """A task has ended."""
        if self._refused:
            self._refused -= 1
        elif self._mean > self._best * STUCK:
            self._size = max(self._least, self._size - 1 / self._size)
            self._doubling = False
        elif self._mean > self._best * SLOW:
            self._doubling = False
        else:
            self._size = min(float(self.most), self._size + (1.0 if self._doubling else 1 / self._size))
