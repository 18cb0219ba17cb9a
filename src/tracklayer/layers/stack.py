"""The order of the layers, and why.

::

    gate      first, so that what cannot be done is refused in the caller's own stack and costs nothing
    (journal) stands above the stacks of all places of a run: see layers/journal/ and docs/decisions/0005
    sift      filters and orders by true values, so it stands above fit
    fit       makes a batch legal, so all below see spelt names and short values only
    chunk     cuts what is legal into writes
    retry     repeats one write, not the whole batch
    trace     sees every attempt
    driver
"""

from __future__ import annotations

from tracklayer.layers.chunk import Chunk
from tracklayer.layers.fit import Fit
from tracklayer.layers.gate import Gate
from tracklayer.layers.retry import Retry, RetryPolicy
from tracklayer.layers.sift import Sift
from tracklayer.layers.trace import Trace
from tracklayer.spi import Driver


def stack(driver: Driver, *, retry: RetryPolicy | None = None) -> Driver:
    """A driver with all the layers around it: takes any legal model, and gives back what was put in."""
    return Gate(Sift(Fit(Chunk(Retry(Trace(driver), retry)))))
