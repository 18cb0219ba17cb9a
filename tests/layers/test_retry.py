"""Retry: what is safe to repeat is repeated, for as long as it may help."""

from __future__ import annotations

import io
from typing import BinaryIO

import pytest

from tracklayer.drivers.memory.driver import MemoryDriver
from tracklayer.errors import Conflict, ProviderError, RateLimited, Timeout, Unavailable
from tracklayer.layers.retry import Retry, RetryPolicy
from tracklayer.model import Batch, ExperimentDraft, RunDraft, RunRef
from tracklayer.spi import Wrapper


class Failing(Wrapper):
    """Fails the first calls of `write` and `put_artifact` with the errors it is given, after half the work."""

    def __init__(self, *errors: ProviderError) -> None:
        super().__init__(MemoryDriver())
        self.errors = list(errors)
        self.calls = 0

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self._fail()
        super().write(run, batch)

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        data.read(3)
        self._fail()
        super().put_artifact(run, path, data)

    def _fail(self) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)


def unavailable(retry_after: float | None = None) -> Unavailable:
    return Unavailable("down", provider="memory", operation="write", retry_after=retry_after)


def started(failing: Failing, **policy: object) -> tuple[Retry, RunRef, list[float]]:
    pauses: list[float] = []
    retry = Retry(failing, RetryPolicy(sleep=pauses.append, **policy))  # type: ignore[arg-type]
    experiment = failing.inner.create_experiment(ExperimentDraft(name="e"))
    return retry, failing.inner.create_run(experiment.ref, RunDraft(token="t")).ref, pauses


def test_a_failure_that_passes_is_not_seen() -> None:
    failing = Failing(unavailable(), Timeout("slow", provider="memory", operation="write"))
    retry, run, pauses = started(failing)
    retry.write(run, Batch(tags={"a": "b"}))
    assert (failing.calls, len(pauses)) == (3, 2)
    assert retry.get_run(run).tags == {"a": "b"}


def test_the_last_error_is_raised_as_it_is() -> None:
    failing = Failing(*[unavailable() for _ in range(9)])
    retry, run, pauses = started(failing, attempts=4, first=1.0, longest=2.0)
    with pytest.raises(Unavailable, match="memory: write: down"):
        retry.write(run, Batch())
    assert failing.calls == 4
    assert all(0 <= pause <= 2 for pause in pauses)


def test_what_is_not_retryable_is_tried_once() -> None:
    failing = Failing(Conflict("set already", provider="memory", operation="write"))
    retry, run, pauses = started(failing)
    with pytest.raises(Conflict):
        retry.write(run, Batch())
    assert (failing.calls, pauses) == (1, [])


def test_the_providers_own_pause_is_held() -> None:
    failing = Failing(RateLimited("slower", provider="memory", operation="write", retry_after=7.5))
    retry, run, pauses = started(failing)
    retry.write(run, Batch())
    assert pauses == [7.5]


def test_a_pause_beyond_patience_is_not_waited_for() -> None:
    failing = Failing(unavailable(retry_after=3_600))
    retry, run, pauses = started(failing, patience=60)
    with pytest.raises(Unavailable):
        retry.write(run, Batch())
    assert pauses == []


def test_a_file_is_wound_back_before_it_is_sent_again() -> None:
    failing = Failing(unavailable())
    retry, run, _ = started(failing)
    data = io.BytesIO(b"..whole file")
    data.seek(2)
    retry.put_artifact(run, "a.bin", data)
    with retry.open_artifact(run, "a.bin") as stored:
        assert stored.read() == b"le file"  # each attempt reads 3 bytes before it stores
    assert failing.calls == 2


def test_a_stream_that_cannot_be_wound_back_is_sent_once() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    failing = Failing(unavailable())
    retry, run, _ = started(failing)
    with pytest.raises(Unavailable):
        retry.put_artifact(run, "a.bin", Pipe(b"once"))
    assert failing.calls == 1
