"""ActiveRun: what is logged is kept when the call returns, and then with the provider, until the run has ended."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tracklayer as tl
from tracklayer.model import Batch, Points, RunRef
from tracklayer.spi import Driver, Wrapper

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
NOON_NS = int(NOON.timestamp()) * 10**9


@pytest.fixture
def run(client: tl.Client) -> tl.ActiveRun:
    return client.start_run("digits", name="first")


def files(client: tl.Client, run: tl.ActiveRun) -> dict[str, bytes]:
    found = {}
    for artifact in client.artifacts(run):
        with client.open_artifact(run, artifact.path) as data:
            found[artifact.path] = data.read()
    return found


def test_what_a_run_is(client: tl.Client, run: tl.ActiveRun, place: str) -> None:
    assert (run.name, run.experiment.name, run.active) == ("first", "digits", True)
    assert run.url == f"{place}#{run.id}"
    assert repr(run) == f"<ActiveRun first at {run.url}>"
    assert client.run(run.url) == client.run(run.id)


def test_params_keep_their_types(client: tl.Client, run: tl.ActiveRun) -> None:
    run.log_param("lr", np.float64(0.1))
    run.log_params({"n": 3, "deep": True, "model": "svm", "empty": "", "none": None, "emoji 🙂": "x" * 10_000})
    kept: dict[str, object] = dict(client.run(run.id).params)
    assert kept == {
        "lr": 0.1,
        "n": 3,
        "deep": True,
        "model": "svm",
        "empty": "",
        "none": "None",
        "emoji 🙂": "x" * 10_000,
    }
    assert [type(kept[key]) for key in ("lr", "n", "deep")] == [float, int, bool]


def test_a_param_may_be_set_again_to_the_same_value_only(client: tl.Client, run: tl.ActiveRun) -> None:
    run.log_param("lr", 0.1)
    run.log_param("lr", 0.1)
    with pytest.raises(tl.Conflict, match="lr"):
        run.log_param("lr", 0.2)
    assert client.run(run.id).params == {"lr": 0.1}


def test_metrics_at_one_step_are_all_kept(client: tl.Client, run: tl.ActiveRun) -> None:
    for value in (0.5, 0.5, 0.5):
        run.log_metric("loss", value)
    history = client.metric_history(run, "loss")
    assert list(history.values) == [0.5] * 3
    assert all(time % 10**6 == 0 for time in history.times)
    assert len(set(history.times)) == 3


def test_metrics_with_steps_and_times(client: tl.Client, run: tl.ActiveRun) -> None:
    run.log_metric("loss", math.nan, -1, NOON)
    run.log_metrics({"loss": math.inf, "acc": np.float32(0.5)}, step=2, time=NOON + timedelta(seconds=1))
    assert client.metric_history(run.id, "loss") == Points.of(
        "loss", [(-1, NOON_NS, math.nan), (2, NOON_NS + 10**9, math.inf)]
    )
    assert client.metric_history(run.url, "acc") == Points.of("acc", [(2, NOON_NS + 10**9, 0.5)])


def test_points_in_columns(client: tl.Client, run: tl.ActiveRun) -> None:
    points = Points(key="loss", steps=range(5), times=[NOON_NS] * 5, values=np.arange(5.0))
    run.log_points(points)
    run.log_points(Points.of(key, [(0, 0, 1.0)]) for key in ("a", "b"))
    assert client.metric_history(run, "loss") == points
    assert set(client.run(run.id).metrics) == {"loss", "a", "b"}


class Watched(Wrapper):
    """Notes what is written; refuses it while it is `broken`."""

    def __init__(self, inner: Driver) -> None:
        super().__init__(inner)
        self.batches: list[Batch] = []
        self.broken = False

    def write(self, run: RunRef, batch: Batch, /) -> None:
        if self.broken:
            message = f"{run.id} cannot be written to"
            raise tl.Unauthenticated(message, provider="broken", operation="write")
        self.batches.append(batch)
        super().write(run, batch)


@pytest.fixture
def watched(client: tl.Client) -> tl.Client:
    """A client of the same place, whose driver is a `Watched`."""
    return tl.Client(Watched(client.driver))


def seen(client: tl.Client) -> Watched:
    driver = client.driver
    assert isinstance(driver, Watched)
    return driver


def test_many_small_calls_are_few_writes(watched: tl.Client) -> None:
    with watched.start_run() as run:
        run.flush()
        for step in range(5_000):
            run.log_metric("loss", 0.5, step=step)
    assert sum(len(points) for batch in seen(watched).batches for points in batch.points) == 5_000
    assert len(seen(watched).batches) < 50


def test_tags_and_inputs(client: tl.Client, run: tl.ActiveRun) -> None:
    run.set_tag("a", 1)
    run.set_tags({"a": 2, "b": None})
    dataset = run.log_input(tl.Dataset(name="digits", digest="abc"), context="train")
    found = client.run(run.id)
    assert found.tags == {"a": "2", "b": "None"}
    assert found.inputs == (dataset,) == (tl.Dataset(name="digits", digest="abc", context="train"),)


def test_texts_and_dictionaries(client: tl.Client, run: tl.ActiveRun) -> None:
    run.log_text("grüße", "notes/a.txt")
    run.log_text("again", "notes/a.txt")
    run.log_dict({"a": [1, 2]}, "b.json")
    assert files(client, run) == {"notes/a.txt": b"again", "b.json": b'{\n  "a": [\n    1,\n    2\n  ]\n}'}


def test_a_file_and_a_folder(client: tl.Client, run: tl.ActiveRun, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "w.bin").write_bytes(b"w")
    (folder / "deep" / "v.bin").write_bytes(b"v")
    (folder / "deep" / "link").symlink_to(folder / "w.bin")
    (folder / "deep" / "loop").symlink_to(folder)
    run.log_artifact(folder / "w.bin")
    run.log_artifact(str(folder / "w.bin"), "a/b")
    run.log_artifact(folder)
    run.log_artifacts(folder / "deep", "flat")
    below = {"w.bin": b"w", "deep/v.bin": b"v", "deep/link": b"w"}
    flat = {"flat/v.bin": b"v", "flat/link": b"w"}
    # from `deep`, its `loop` leads to the folder above, which holds `deep` itself again
    flat["flat/loop/w.bin"] = b"w"
    assert files(client, run) == {
        "w.bin": b"w",
        "a/b/w.bin": b"w",
        **{f"model/{path}": data for path, data in below.items()},
        **flat,
    }


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda run: run.log_text("x", "../x"), r"illegal artifact path '\.\./x'"),
        (lambda run: run.log_text("x", "/x"), r"illegal artifact path '/x'"),
        (lambda run: run.log_text("x", ""), r"illegal artifact path ''"),
        (lambda run: run.log_text(b"x", "x"), r"a text is needed, not bytes"),
        (lambda run: run.log_text("\ud800", "x"), r"half of a surrogate pair"),
        (lambda run: run.log_artifact("/no/such"), r"cannot read '/no/such': No such file"),
        (lambda run: run.log_artifact("/dev/null"), r"'/dev/null' is not a file"),
        (lambda run: run.log_artifacts("/dev/null"), r"'/dev/null' is not a folder"),
        (lambda run: run.log_artifacts(".", "../x"), r"illegal artifact path '\.\./x'"),
        (lambda run: run.log_param("", 1), r"a name or key is empty"),
        (lambda run: run.log_params({1: 1}), r"^Batch\.params"),
        (lambda run: run.log_param("a", "\ud800"), r"half of a surrogate pair"),
        (lambda run: run.log_params("a"), r"params must be a mapping"),
        (lambda run: run.log_metric("", 1), r"a name or key is empty"),
        (lambda run: run.log_metric("a", "high"), r"metric 'a' must be a number, not str"),
        (lambda run: run.log_metric("a", 1, step=0.5), r"step must be a whole number"),
        (lambda run: run.log_metric("a", 1, time=NOON.replace(tzinfo=None)), r"has no time zone"),
        (lambda run: run.log_metrics([1]), r"metrics must be a mapping"),
        (lambda run: run.log_points([("a", 1)]), r"log_points takes Points, not tuple"),
        (lambda run: run.set_tag("", "x"), r"a name or key is empty"),
        (lambda run: run.set_tags(["a"]), r"tags must be a mapping"),
        (lambda run: run.end("done"), r"a run ends as one of failed, finished, killed, not 'done'"),
        (lambda run: run.end("running"), r"a run ends as one of failed, finished, killed, not 'running'"),
    ],
)
def test_wrong_input_is_one_clear_line(
    client: tl.Client, run: tl.ActiveRun, call: Callable[[Any], object], said: str
) -> None:
    before = client.run(run.id)
    with pytest.raises(tl.InvalidInput, match=said) as caught:
        call(run)
    assert "\n" not in str(caught.value)
    assert client.run(run.id) == before
    assert list(client.artifacts(run)) == []


def test_the_end(client: tl.Client, run: tl.ActiveRun) -> None:
    run.end("FAILED")
    found = client.run(run.id)
    run.end()
    assert client.run(run.id) == found
    assert (found.status, run.active) == ("failed", False)
    assert found.started is not None
    assert found.ended is not None
    assert found.started <= found.ended
    assert found.ended.microsecond % 1_000 == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.log_param("a", 1),
        lambda run: run.log_metric("a", 1),
        lambda run: run.log_points(Points.of("a", [(0, 0, 1.0)])),
        lambda run: run.set_tag("a", 1),
        lambda run: run.log_text("a", "a"),
        lambda run: run.log_artifact(__file__),
        lambda run: run.log_input(tl.Dataset(name="a", digest="b")),
    ],
)
def test_after_the_end_nothing_is_taken(client: tl.Client, run: tl.ActiveRun, call: Callable[[Any], object]) -> None:
    run.end()
    before = client.run(run.id)
    with pytest.raises(
        tl.InvalidInput, match=re.escape("the run 'first' has ended: go on with it by start_run(resume=")
    ):
        call(run)
    assert client.run(run.id) == before


def test_a_block_ends_its_run(client: tl.Client) -> None:
    with client.start_run() as run:
        assert tl.current_run() is run
    assert client.run(run.id).status == "finished"
    assert tl.current_run() is None


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError("x"), "failed"), (KeyboardInterrupt(), "killed"), (SystemExit(1), "killed")],
)
def test_an_error_ends_the_run_and_travels_on(client: tl.Client, error: BaseException, status: str) -> None:
    run = client.start_run()
    with pytest.raises(type(error)) as caught, run:
        raise error
    assert caught.value is error
    assert client.run(run.id).status == status


def test_a_run_ended_in_its_block_stays_as_it_is(client: tl.Client) -> None:
    with client.start_run() as run:
        run.end("killed")
    assert client.run(run.id).status == "killed"


def test_a_place_that_takes_nothing_raises_nothing_and_is_said_once(
    watched: tl.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with watched.start_run(name="lonely", options=tl.Options(flush_timeout=5)) as run:
        assert run.flush()
        seen(watched).broken = True
        run.log_metric("loss", 1)
        assert not run.flush(timeout=5)
        run.log_metric("loss", 2)
    assert tl.current_run() is None
    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if "does not take what is logged to run 'lonely': broken: write: " in line]) == 1
    assert re.match(r"tracklayer: run 'lonely': \d records have not reached memory://", said[-1])
    assert f"send what is left with: tracklayer sync {run.delivery.writer.path}" in said[-1]


def test_what_went_wrong_is_raised_where_that_is_asked_for(watched: tl.Client) -> None:
    run = watched.start_run(strict=True)
    run.log_metric("loss", 1)
    assert run.flush()
    seen(watched).broken = True
    run.log_metric("loss", 2)
    with pytest.raises(tl.Unflushed, match=r"1 record has not reached memory://") as caught:
        run.flush(timeout=5)
    assert list(caught.value.pending.values()) == [1]
    with pytest.raises(tl.Unauthenticated):
        run.log_metric("loss", 3)
    with pytest.raises(tl.Unflushed):
        run.end(timeout=5)
    assert not run.active


def test_an_end_that_fails_does_not_hide_the_error_of_the_block(
    watched: tl.Client, caplog: pytest.LogCaptureFixture
) -> None:
    message = "of the block"
    options = tl.Options(strict=True, flush_timeout=5)
    with pytest.raises(ValueError, match=message), watched.start_run(name="lonely", options=options):  # noqa: PT012
        seen(watched).broken = True
        raise ValueError(message)
    assert "run 'lonely' could not be ended: run 'lonely': " in caplog.text
    assert tl.current_run() is None


def test_many_threads_write_one_run(client: tl.Client, run: tl.ActiveRun) -> None:
    def work(number: int) -> None:
        run.log_metric("shared", number)
        run.log_param(f"p{number}", number)
        run.set_tag(f"t{number}", number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(64)))
    found = client.run(run.id)
    assert sorted(client.metric_history(run, "shared").values) == list(range(64))
    assert found.params == {f"p{number}": number for number in range(64)}
    assert len(found.tags) == 64


def test_many_threads_end_a_run_once(watched: tl.Client) -> None:
    run = watched.start_run()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: run.end(), range(16)))
    assert len([batch for batch in seen(watched).batches if batch.status == "finished"]) == 1
