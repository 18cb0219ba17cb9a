"""Ray: tasks on a Ray cluster. https://docs.ray.io/en/latest/ray-core/api/doc/ray.remote.html"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from tracklayer.errors import DriverMissing, InvalidInput, Unavailable

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
    """The cluster whose client server is at `HOST:PORT`; none: the one that this process is connected to already.

    * None is begun: Ray listens on every address of its machine, and says to its maker that it is used.
    * `Unavailable` when nobody answers there, or not to us; `InvalidInput` for no cluster at all.
    """
    try:
        import ray  # noqa: PLC0415 -- an extra
    except ImportError:
        raise DriverMissing("the engine ray:// needs Ray", "pip install 'tracklayer[ray]'") from None
    if not address:
        if not ray.is_initialized():
            raise InvalidInput("say which Ray cluster: ray://HOST:PORT, where PORT is its client server's (10001)")
        yield RayExecutor(ray)
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of what it raises, too
            ray.init(f"ray://{address}", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, TimeoutError) as error:
        message = f"no Ray cluster answers at {address}: {error}; one that asks for a token needs RAY_AUTH_MODE=token"
        raise Unavailable(message, provider="ray", operation="connect") from None
    try:
        yield RayExecutor(ray)
    finally:
        ray.shutdown()
