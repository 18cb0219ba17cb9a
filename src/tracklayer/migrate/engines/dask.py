"""Dask: tasks on the workers of a Dask cluster. https://distributed.dask.org/en/stable/client.html"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tracklayer.errors import DriverMissing, MigrationError, Unavailable

#: Seconds to wait for the scheduler.
PATIENCE = 10
PACKAGE = "tracklayer"


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """The cluster whose scheduler is at `HOST:PORT`; none: one in this machine's processes.

    * `Unavailable` when nobody answers there, `MigrationError` for a cluster without this version of tracklayer.
    """
    try:
        from dask.distributed import Client  # noqa: PLC0415 -- an extra
    except ImportError:
        raise DriverMissing("the engine dask:// needs Dask", "pip install 'tracklayer[dask]'") from None
    where = {"address": f"tcp://{address}"} if address else {"processes": True, "dashboard_address": None}
    try:
        client = Client(**where, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call] # has no types
    except OSError as error:
        message = f"no Dask scheduler answers at {address}: {error}"
        raise Unavailable(message, provider="dask", operation="connect") from None
    with client:
        _check(client)
        yield client.get_executor(pure=False, retries=0)  # type: ignore[no-untyped-call] # likewise


def _check(client: Any) -> None:
    """Do the workers have what we have? One that cannot read a task leaves the cluster, and nobody would answer."""
    ours = version(PACKAGE)
    try:
        theirs = set(client.run(version, PACKAGE).values())
    except PackageNotFoundError:
        theirs = {"none"}
    if theirs - {ours}:
        have = ", ".join(sorted(theirs - {ours}))
        raise MigrationError(f"the workers of the cluster need tracklayer {ours}, and they have {have}")
