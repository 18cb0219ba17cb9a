"""The end of the process: what is on its way is flushed, and runs that nobody ended stay as they are."""

from __future__ import annotations

import atexit
from contextlib import suppress

import mlflow

from tracklayer.plugins.mlflow.place import options, places


@atexit.register
def leave() -> None:
    """End the runs that MLflow would end in a moment, then flush all others.

    What is registered last comes first: this, then the journal lets go of its places, then MLflow's own end.
    """
    with suppress(Exception):  # as MLflow does
        while mlflow.active_run() is not None:
            mlflow.end_run()
    for one in places():
        one.close(options().flush_timeout)
