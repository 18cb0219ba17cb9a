"""Ray: tasks on a Ray cluster. https://docs.ray.io/en/latest/ray-core/api/doc/ray.remote.html"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from tracklayer.errors import DriverMissing, Unavailable

T = TypeVar("T")


class RayExecutor(Executor):
    """Ray's tasks as futures: Ray has no executor of its own."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._remote: dict[Callable[..., Any], Any] = {}

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Begin a task somewhere in the cluster; a worker that dies is not asked again: the migration does that."""
        if fn not in self._remote:
            self._remote[fn] = self._ray.remote(max_retries=0)(fn)
        future: Future[T] = self._remote[fn].remote(*args, **kwargs).future()
        return future


@contextmanager
def ray_executor(address: str) -> Iterator[Executor]:
    """The cluster whose client server is at `HOST:PORT`. `Unavailable`.

    * None: the one that this process is connected to already, which stays; else one in this machine's processes.
    """
    try:
        import ray  # noqa: PLC0415 -- an extra
    except ImportError:
        raise DriverMissing("the engine ray:// needs Ray", "pip install 'tracklayer[ray]'") from None
    if not address and ray.is_initialized():
        yield RayExecutor(ray)
        return
    where = (
        {"address": f"ray://{address}"} if address else {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    )
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a Ray that we begin tells nobody of it
    try:
        ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, TimeoutError) as error:
        message = f"no Ray cluster answers at {address}: {error}"
        raise Unavailable(message, provider="ray", operation="connect") from None
    try:
        yield RayExecutor(ray)
    finally:
        ray.shutdown()
