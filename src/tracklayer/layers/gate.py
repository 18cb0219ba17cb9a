"""Gate: refuse what is wrong everywhere or not claimed here, in the caller's own stack, before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from tracklayer.errors import Unsupported
from tracklayer.model import (
    Artifact,
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Owner,
    Points,
    Run,
    RunDraft,
    RunRef,
    checked_path,
)
from tracklayer.spi import Cursor, Feature, Page, Traits, Wrapper


class Gate(Wrapper):
    """Raises `Unsupported` for the first feature that a call needs and the provider does not offer.

    A model is checked when it is made; the path of a file, being plain text, is checked here: `InvalidInput`.
    """

    def _need(self, features: Iterator[Feature]) -> None:
        error = lacking(self.traits, features)
        if error is not None:
            raise error

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        self._need(_of_experiment(draft))
        return self.inner.create_experiment(draft)

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        self._need(of_draft(draft))
        return self.inner.create_run(experiment, draft)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self._need(of_batch(batch))
        self.inner.write(run, batch)

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        self._need(iter([Feature.METRIC_HISTORY]))
        return self.inner.read_points(run, key, after)

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        self._need(iter([Feature.WRITING]))
        self.inner.put_sidecar(owner, key, data)

    def delete(self, owner: Owner, /) -> None:
        self._need(iter([Feature.WRITING, Feature.DELETE]))
        self.inner.delete(owner)

    def restore(self, owner: Owner, /) -> None:
        self._need(iter([Feature.WRITING, Feature.RESTORE]))
        self.inner.restore(owner)

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        self._need(iter([Feature.WRITING, Feature.ARTIFACTS]))
        self.inner.put_artifact(run, checked_path(path), data)

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        self._need(iter([Feature.ARTIFACTS]))
        return self.inner.open_artifact(run, checked_path(path))

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        self._need(iter([Feature.ARTIFACTS]))
        return self.inner.list_artifacts(run, after)


def lacking(traits: Traits, features: Iterable[Feature]) -> Unsupported | None:
    """The refusal of the first feature that is not offered; None when all are."""
    for feature in features:
        if not traits.offers(feature):
            return Unsupported(traits.provider, feature.value, traits.claims[feature].why)
    return None


def lacking_everywhere(places: Iterable[Traits], features: Iterable[Feature]) -> Unsupported | None:
    """The refusal of the first of several places, when none of them offers what is needed; None when one does."""
    needed = tuple(features)
    refused = [lacking(traits, needed) for traits in places]
    return refused[0] if refused and all(error is not None for error in refused) else None


def _of_experiment(draft: ExperimentDraft) -> Iterator[Feature]:
    yield Feature.WRITING
    if draft.description is not None:
        yield Feature.DESCRIPTION
    if "" in draft.tags.values():
        yield Feature.EMPTY_VALUES


def of_draft(draft: RunDraft) -> Iterator[Feature]:
    """What a new run needs."""
    yield Feature.WRITING
    if draft.parent is not None:
        yield Feature.NESTED_RUNS
    if draft.description is not None:
        yield Feature.DESCRIPTION
    if draft.user is not None or draft.source is not None:
        yield Feature.PROVENANCE
    if draft.started is not None:
        yield Feature.BACKDATING
    if "" in draft.tags.values():
        yield Feature.EMPTY_VALUES


def of_batch(batch: Batch) -> Iterator[Feature]:
    """What a batch needs."""
    yield Feature.WRITING
    if batch.overwrite:
        yield Feature.PARAM_OVERWRITE
    if batch.status == "running":
        yield Feature.RESUME
    if batch.description is not None:
        yield Feature.DESCRIPTION
    if batch.ended is not None:
        yield Feature.BACKDATING
    if batch.inputs:
        yield Feature.DATASETS
    if "" in batch.tags.values() or "" in batch.params.values():
        yield Feature.EMPTY_VALUES
    if any(not isinstance(value, str) for value in batch.params.values()):
        yield Feature.TYPED_PARAMS
    for points in batch.points:
        yield from _of_points(points)


def _of_points(points: Points) -> Iterator[Feature]:
    if any(map(math.isnan, points.values)):
        yield Feature.METRIC_NAN
    if any(map(math.isinf, points.values)):
        yield Feature.METRIC_INFINITY
    if min(points.steps, default=0) < 0:
        yield Feature.METRIC_NEGATIVE_STEP
