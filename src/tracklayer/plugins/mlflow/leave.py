"""The end of the process: what is on its way is flushed, and runs that nobody ended stay as they are."""

from __future__ import annotations

import atexit

from mlflow.tracking import fluent

from tracklayer.plugins.mlflow.place import options, places


@atexit.register
def leave() -> None:
    """End the run that MLflow would end in a moment, then flush all others.

    It must be done before the journal lets go of its places, which is later than this and earlier than MLflow's own end.
    """
    fluent._safe_end_run()  # noqa: SLF001 -- what MLflow calls at exit itself
    for one in places():
        one.close(options().flush_timeout)
