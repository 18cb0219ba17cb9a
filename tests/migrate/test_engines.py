"""One migration on threads, on a Dask cluster and on Ray: the same is done, and what a cluster loses is done again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from tests.cli.command import command
from tests.migrate import small
from tests.migrate.nasty import portrait

import tracklayer as tl
from tracklayer.errors import InvalidInput, MigrationError
from tracklayer.migrate.engines import dask, engine

RUNS = 9


@contextmanager
def dask_cluster() -> Iterator[str]:
    from distributed import LocalCluster  # noqa: PLC0415 -- takes seconds

    with LocalCluster(  # type: ignore[no-untyped-call] # has no types
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
    ) as cluster:
        yield cluster.scheduler_address.replace("tcp://", "dask://")


@contextmanager
def ray_cluster() -> Iterator[str]:
    """On loopback, open to who has its token, told to nobody; and nothing of it in the user's home.

    Its workers run in this environment: below `uv run`, as CI is, Ray would have uv make another, without tracklayer.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", uuid4().hex)
        import ray  # noqa: PLC0415 -- takes seconds

        # 127.0.0.1 would be taken to mean the machine's own address.
        ray.init("local", num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.2", log_to_driver=False)
        try:
            yield "ray://"
        finally:
            ray.shutdown()


@contextmanager
def threads() -> Iterator[str]:
    yield "threads"


ENGINES = {"threads": threads, "dask": dask_cluster, "ray": ray_cluster}


@pytest.fixture(scope="module", params=ENGINES)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine, as `--engine` takes it."""
    with ENGINES[request.param]() as found:
        yield found


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tl.Client]:
    with tl.connect(f"local:{tmp_path / 'source.db'}") as client:
        small.fill(client, RUNS)
        yield client


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"local:{tmp_path / 'target.db'}"


def test_the_same_is_done_and_the_second_time_nothing(source: tl.Client, target: str, address: str) -> None:
    first = tl.migrate(source, target, engine=address)
    assert (first.failed, first.copied, first.experiments) == ((), RUNS, 1)
    assert (first.params, first.points, first.files) == (2 * RUNS, small.POINTS * RUNS, RUNS)
    assert first.certificate is not None
    assert (first.certificate.clean, first.certificate.counts.points) == (True, small.POINTS * RUNS)
    with tl.connect(target) as client:
        assert portrait(client) == portrait(source)
    again = tl.migrate(source, target, engine=address)
    assert (again.copied, again.there, again.points, again.files) == (0, RUNS, 0, 0)
    assert again.certificate is not None
    assert again.certificate.root == first.certificate.root


def test_a_run_that_fails_is_named_in_words_that_came_all_the_way(source: tl.Client, target: str, address: str) -> None:
    (broken,) = source.runs(filter="run_name = 'run 5'")
    (file,) = source.artifacts(broken)
    assert file.digest is not None
    (content,) = Path(source.url.removeprefix("local:")).parent.rglob(f"*{file.digest.removeprefix('sha256:')}*")
    content.unlink()
    summary = tl.migrate(source, target, engine=address)
    (failure,) = summary.failed
    assert (failure.run, failure.name) == (broken.id, "run 5")
    assert failure.reason.startswith("local: open_artifact: the content of 'notes.txt' is gone")
    assert (summary.copied, summary.ok) == (RUNS - 1, False)


class Deadly(Executor):
    """An executor one of whose tasks takes its worker with it: the n-th, once it is carried out, and only once."""

    def __init__(self, inner: Executor, deadly: int, mark: Path) -> None:
        self.inner = inner
        self.left = deadly
        self.last = last_words(str(mark))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.left -= 1
        if self.left == 0:
            return self.inner.submit(self.last, fn, *args, **kwargs)
        return self.inner.submit(fn, *args, **kwargs)


def last_words(mark: str) -> Callable[..., Any]:
    """Carries a task out, then ends its process before it can say so; another time, it says so.

    A function in a function is sent as it is: workers know nothing of tests.
    """

    def die(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        done = fn(*args, **kwargs)
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return done
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    return die


@pytest.mark.parametrize("deadly", [1, 30])
def test_a_worker_that_dies_costs_its_task_once_more_and_nothing_is_there_twice(
    source: tl.Client, target: str, address: str, deadly: int, tmp_path: Path
) -> None:
    mark = tmp_path / "died"
    with engine(address) as work:
        executor = work.executor if work.here else Deadly(work.executor, deadly, mark)  # a thread cannot die alone
        summary = tl.migrate(source, target, engine=executor)
    assert mark.exists() is not work.here
    assert (summary.failed, summary.ok) == ((), True)
    with tl.connect(target) as client:
        assert portrait(client) == portrait(source)


def test_a_place_in_this_process_cannot_be_reached_from_another(source: tl.Client) -> None:
    class Other(Executor):
        """Nobody knows where its tasks run."""

    for places in ((source, f"memory://{uuid4().hex}"), (f"memory://{uuid4().hex}", source)):
        with pytest.raises(InvalidInput, match="is in this process only: an engine that works elsewhere cannot reach"):
            tl.migrate(*places, engine=Other())


def test_an_engine_that_is_not_there_is_one_line(
    source: tl.Client, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "PATIENCE", 1)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: False))
    done = command("migrate", source.url, target, "--engine", "dask://127.0.0.1:1")
    assert done.exit_code == 1
    assert done.stderr.startswith("tracklayer: dask: connect: no Dask scheduler answers at 127.0.0.1:1")
    assert done.stderr.count("\n") == 1
    for given, says in (
        ("spark://x", "unknown engine 'spark://x': give threads, dask://HOST:PORT or ray://HOST:PORT"),
        ("ray://", "say which Ray cluster: ray://HOST:PORT, where PORT is its client server's (10001)"),
    ):
        refused = command("migrate", source.url, target, "--engine", given)
        assert (refused.exit_code, refused.stderr) == (2, f"tracklayer: {says}\n")
    assert not Path(target.removeprefix("local:")).exists()


@pytest.mark.parametrize(("scheme", "module"), [("dask", "dask.distributed"), ("ray", "ray")])
def test_an_engine_that_is_not_installed_is_named_with_what_installs_it(
    source: tl.Client, target: str, scheme: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    done = command("migrate", source.url, target, "--engine", f"{scheme}://127.0.0.1:1")
    assert done.exit_code == 1
    assert f"pip install 'tracklayer[{scheme}]'" in done.stderr


@pytest.mark.parametrize("address", ["dask"], indirect=True)
def test_a_cluster_with_another_tracklayer_is_refused(
    source: tl.Client, target: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its workers would leave it at the first task that they cannot read, and nobody would answer."""
    here = os.getpid()
    monkeypatch.setattr(dask, "version", lambda _: "9.9" if os.getpid() == here else "0.1")
    with pytest.raises(MigrationError, match=r"the workers of the cluster need tracklayer 9\.9, and they have 0\.1"):
        tl.migrate(source, target, engine=address)
