"""Wrapper: a driver that forwards everything to another one, explicitly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO, TypeVar

from tracklayer.model import (
    Artifact,
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Owner,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
)
from tracklayer.spi.driver import Driver
from tracklayer.spi.page import Cursor, Page
from tracklayer.spi.traits import Traits

T = TypeVar("T")


class Wrapper(Driver):
    """Forwards every method to `inner`. A layer overrides the few it has an opinion on, or `around` for all of them."""

    def __init__(self, inner: Driver) -> None:
        self.inner = inner

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        """Every call that goes to the place passes here: `operation` is the method, `on` the id it is done to."""
        del operation, on
        return call()

    @classmethod
    def open(cls, url: str, /) -> Driver:
        """A wrapper has no place of its own."""
        message = f"{cls.__name__} wraps a driver: open that one, for {url}"
        raise TypeError(message)

    @property
    def traits(self) -> Traits:  # type: ignore[override] # forwarded, never stored
        """The traits of the driver inside."""
        return self.inner.traits

    @property
    def url(self) -> str:  # type: ignore[override] # forwarded, never stored
        """The place of the driver inside."""
        return self.inner.url

    @property
    def lasting(self) -> bool:  # type: ignore[override] # forwarded, never stored
        """Does the place of the driver inside outlive the process?"""
        return self.inner.lasting

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        return self.around("create_experiment", "", lambda: self.inner.create_experiment(draft))

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        return self.around("get_experiment", "", lambda: self.inner.get_experiment(which))

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        return self.around("list_experiments", "", lambda: self.inner.list_experiments(after))

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        return self.around("create_run", experiment.id, lambda: self.inner.create_run(experiment, draft))

    def get_run(self, run: RunRef, /) -> Run:
        return self.around("get_run", run.id, lambda: self.inner.get_run(run))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        return self.around("list_runs", "", lambda: self.inner.list_runs(query, after))

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self.around("write", run.id, lambda: self.inner.write(run, batch))

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        return self.around("read_points", run.id, lambda: self.inner.read_points(run, key, after))

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        self.around("put_sidecar", owner.id, lambda: self.inner.put_sidecar(owner, key, data))

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        return self.around("get_sidecars", owner.id, lambda: self.inner.get_sidecars(owner, prefix))

    def console(self, run: Run, /) -> str | None:
        """Known without a call to the place: there is nothing to try again, and nothing to trace."""
        return self.inner.console(run)

    def close(self) -> None:
        self.inner.close()

    def delete(self, owner: Owner, /) -> None:
        self.around("delete", owner.id, lambda: self.inner.delete(owner))

    def restore(self, owner: Owner, /) -> None:
        self.around("restore", owner.id, lambda: self.inner.restore(owner))

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        self.around("put_artifact", run.id, lambda: self.inner.put_artifact(run, path, data))

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        return self.around("open_artifact", run.id, lambda: self.inner.open_artifact(run, path))

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        return self.around("list_artifacts", run.id, lambda: self.inner.list_artifacts(run, after))
