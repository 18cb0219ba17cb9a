"""Engine: the executor that a word names, and whether its tasks run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tracklayer.errors import InvalidInput

#: Threads, and tasks of a cluster, at most, where nothing else is said.
WORKERS = 16


@dataclass(frozen=True)
class Engine:
    """An `executor`; `here`: its tasks share this process, so that they may be given drivers; `most`: tasks at once."""

    executor: Executor
    here: bool
    most: int


@contextmanager
def engine(which: str | Executor | None = None, workers: int | None = None) -> Iterator[Engine]:
    """An engine, which is let go of at the end.

    * None, `threads`: threads of this process. `dask://HOST:PORT`, `ray://HOST:PORT`: a cluster that is running; its
      workers need tracklayer, the extras of both places, and credentials for them. `dask://` alone: processes of this
      machine, for the time being; `ray://` alone: the Ray that this process is connected to.
    * An executor of your own is used as it is and not shut down; only a `ThreadPoolExecutor` is known to run here.
    * `workers`: tasks at once, at most; as many are in flight as the places take well. `InvalidInput`, `DriverMissing`.
    """
    most = WORKERS if workers is None else workers
    if most < 1:
        message = f"workers must be 1 or more, not {workers}"
        raise InvalidInput(message)
    if isinstance(which, Executor):
        yield Engine(which, isinstance(which, ThreadPoolExecutor), most)
        return
    scheme, _, address = (which or "threads").partition("://")
    if scheme == "threads":
        threads = ThreadPoolExecutor(most, "tracklayer-migrate")
        try:
            yield Engine(threads, here=True, most=most)
        finally:
            threads.shutdown(cancel_futures=True)
    elif scheme == "dask":
        from tracklayer.migrate.engines.dask import dask_executor  # noqa: PLC0415 -- an extra, imported when asked for

        with dask_executor(address) as executor:
            yield Engine(executor, here=False, most=most)
    elif scheme == "ray":
        from tracklayer.migrate.engines.ray import ray_executor  # noqa: PLC0415 -- likewise

        with ray_executor(address) as executor:
            yield Engine(executor, here=False, most=most)
    else:
        message = f"unknown engine {which!r}: give threads, dask://HOST:PORT or ray://HOST:PORT"
        raise InvalidInput(message)
