"""Driver: the methods that one provider's adapter has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import BinaryIO, NoReturn

from tracklayer.errors import Unsupported
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
from tracklayer.spi.features import Feature
from tracklayer.spi.page import Cursor, Page
from tracklayer.spi.traits import Traits


class Driver(ABC):
    """A thin adapter to one place of one provider: calls, and nothing but calls.

    * Synchronous and thread-safe. Input is already legal for `traits`: names spelt, values within the limits, batches
      within one write.
    * Every error is one of `tracklayer.errors`, with the native one as its cause.
    * An optional method is overridden if, and only if, its feature is claimed as native.
    * Convenience, filtering, retries and batching stand outside: see `tracklayer.layers`.
    """

    #: On the class; an instance that met its server may narrow it, never widen it.
    traits: Traits
    #: The place, as its URL: never with credentials.
    url: str
    #: Where its credentials are looked for: names of environment variables, and of files (`~/.aws/credentials`).
    credentials: tuple[str, ...] = ()
    #: Does the place outlive the process?
    lasting: bool = True

    @classmethod
    @abstractmethod
    def open(cls, url: str, /) -> Driver:
        """The place that `url` names. Makes no call; credentials come from the provider's own chain. `InvalidInput`."""

    # -- experiments

    @abstractmethod
    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        """Make an experiment. `AlreadyExists` when the name is taken, by a deleted one too."""

    @abstractmethod
    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        """The experiment of that name (text) or id (ref), deleted ones included. `NotFound`, so for what is gone."""

    @abstractmethod
    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        """Experiments that are not deleted, in an order that stays."""

    # -- runs

    @abstractmethod
    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        """Make a run, or give the one that was made with the same `draft.token`. `NotFound` without the experiment."""

    @abstractmethod
    def get_run(self, run: RunRef, /) -> Run:
        """The whole run: params, tags, summaries, inputs; deleted ones included. `NotFound`."""

    @abstractmethod
    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        """Whole runs, a constant number of calls a page. A run that is there throughout is given once."""

    @abstractmethod
    def write(self, run: RunRef, batch: Batch, /) -> None:
        """Write a batch. Twice is once.

        * A status `running` or `scheduled` clears `ended`, unless the batch gives one.
        * `Conflict` for another value of a param that is set, and for a deleted run; `NotFound`.
        """

    @abstractmethod
    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        """Points of one metric, in any order; none for a metric the run does not have. `NotFound` without the run."""

    # -- sidecars: small blobs kept beside a run or an experiment, out of users' sight

    @abstractmethod
    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        """Keep `data` under `key` (letters, digits, `-`, `.`; at most 100). A key always has the same data.

        `Conflict` for a deleted run: what is refused leaves nothing beside it.
        """

    @abstractmethod
    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        """All sidecars of the owner whose key begins with `prefix`."""

    def console(self, run: Run, /) -> str | None:
        """Where the provider's own pages show the run; None where there are none, or none that a URL leads to.

        No call is made for it.
        """
        del run
        return None

    @abstractmethod
    def close(self) -> None:
        """Let go of connections and files. Twice is once."""

    # -- optional, each guarded by a Feature

    def delete(self, owner: Owner, /) -> None:
        """Delete a run or an experiment: it is listed no more. `NotFound`. [DELETE]

        * Where RESTORE is native it can still be read, and twice is once. * Elsewhere it is gone for good.
        """
        self._refuse(Feature.DELETE)

    def restore(self, owner: Owner, /) -> None:
        """Bring a deleted run or experiment back. [RESTORE]"""
        self._refuse(Feature.RESTORE)

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        """Store a file, streamed from `data`; one that is there is replaced. [ARTIFACTS]"""
        self._refuse(Feature.ARTIFACTS)

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        """A file, to be read as a stream and closed. `NotFound`. [ARTIFACTS]"""
        self._refuse(Feature.ARTIFACTS)

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        """All files of the run, in all folders; never sidecars. [ARTIFACTS]"""
        self._refuse(Feature.ARTIFACTS)

    def _refuse(self, feature: Feature) -> NoReturn:
        raise Unsupported(
            self.traits.provider, feature.value, self.traits.claims[feature].why or "not built in this driver"
        )


#: Optional method -> the feature that guards it.
OPTIONAL: Mapping[str, Feature] = {
    "delete": Feature.DELETE,
    "restore": Feature.RESTORE,
    "put_artifact": Feature.ARTIFACTS,
    "open_artifact": Feature.ARTIFACTS,
    "list_artifacts": Feature.ARTIFACTS,
}
