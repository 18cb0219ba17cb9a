"""The functions on the current run, nested, in threads, in tasks and at the end of the program."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from inspect import Parameter, signature
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import tracklayer as tl
from tracklayer.api.current import status_after
from tracklayer.api.places import client_of

ON_THE_RUN = [name for name in tl.__all__ if name.startswith(("log_", "set_"))]


def in_thread(work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


@pytest.mark.parametrize("name", ON_THE_RUN)
def test_a_function_takes_what_the_method_of_a_run_takes(name: str) -> None:
    def shape(function: Callable[..., object]) -> list[tuple[str, Any, Any]]:
        found = signature(function).parameters.values()
        return [(p.name, p.default, p.kind) for p in found if p.name != "self"]

    assert shape(getattr(tl, name)) == shape(getattr(tl.ActiveRun, name))
    assert shape(tl.start_run)[2] == ("to", None, Parameter.KEYWORD_ONLY)
    assert shape(tl.Client.start_run) == [part for part in shape(tl.start_run) if part[0] != "to"]


def test_all_functions_write_to_the_current_run(client: tl.Client, place: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "f.txt").write_text("f")
    with tl.start_run("digits", to=place) as run:
        assert tl.current_run() is run
        tl.log_param("a", 1)
        tl.log_params({"b": 2})
        tl.log_metric("m", 1.0, step=1)
        tl.log_metrics({"n": 2.0}, step=2)
        tl.log_points(tl.Points.of("p", [(0, 0, 1.0)]))
        tl.set_tag("t", "1")
        tl.set_tags({"u": "2"})
        tl.log_input(tl.Dataset(name="d", digest="x"))
        tl.log_text("x", "text.txt")
        tl.log_dict({}, "dict.json")
        tl.log_figure(Figure(), "figure.png")
        tl.log_table([{"a": 1}], "table.csv")
        tl.log_image(np.zeros((2, 2)), "image.png")
        tl.log_artifact(tmp_path / "folder" / "f.txt", "in")
        tl.log_artifacts(tmp_path / "folder")
    found = client.run(run.id)
    assert (found.status, found.params, found.tags) == ("finished", {"a": 1, "b": 2}, {"t": "1", "u": "2"})
    assert set(found.metrics) == {"m", "n", "p"}
    assert [one.name for one in found.inputs] == ["d"]
    assert {artifact.path for artifact in client.artifacts(run)} == {
        *("text.txt", "dict.json", "figure.png", "table.csv", "image.png"),
        *("in/f.txt", "f.txt"),
    }


def test_without_a_block(client: tl.Client, place: str) -> None:
    run = tl.start_run(to=place)
    tl.log_param("a", 1)
    tl.end_run("failed")
    assert tl.current_run() is None
    tl.end_run()
    assert client.run(run.id).status == "failed"


def test_nested_blocks_give_the_outer_run_back(client: tl.Client, place: str) -> None:
    with tl.start_run("digits", to=place) as outer:
        with tl.start_run(parent=True) as inner:
            tl.log_metric("m", 1)
            with tl.start_run(to=place) as apart:
                tl.log_metric("m", 2)
            assert tl.current_run() is inner
        tl.log_metric("m", 3)
    assert [list(client.metric_history(run, "m").values) for run in (outer, inner, apart)] == [[3], [1], [2]]
    assert [client.run(run.id).parent for run in (outer, inner, apart)] == [None, outer.ref, None]
    assert inner.experiment == outer.experiment


def test_a_run_that_ends_out_of_turn_is_not_the_current_one(place: str) -> None:
    first, second, third = (tl.start_run(to=place) for _ in range(3))
    second.end()
    third.end()
    assert tl.current_run() is first


def test_without_a_run_one_is_started_in_the_default_place(client: tl.Client, default: str) -> None:
    assert tl.current_run() is None
    tl.log_metric("m", 1)
    run = tl.current_run()
    assert run is not None
    assert run.url.startswith(f"{default}#")
    tl.log_param("a", 1)
    assert client.run(run.id).params == {"a": 1}
    assert run.experiment.name == "Default"


def test_many_threads_without_a_run_start_one(client: tl.Client, default: str) -> None:
    assert client.url == default
    barrier = Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        tl.log_metric("m", number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    (run,) = client.runs()
    assert sorted(client.metric_history(run, "m").values) == list(range(8))


def test_a_thread_writes_to_the_only_run(client: tl.Client, place: str) -> None:
    with tl.start_run(to=place) as run:
        in_thread(lambda: tl.log_param("a", 1))
    assert client.run(run.id).params == {"a": 1}


def test_a_thread_does_not_guess_between_runs(place: str) -> None:
    with tl.start_run(to=place), tl.start_run(to=place):
        with pytest.raises(tl.InvalidInput, match=r"^2 runs are active and none of them was started in this thread"):
            in_thread(lambda: tl.log_param("a", 1))
        with pytest.raises(tl.InvalidInput, match=r"copy_context\(\)\.run$"):
            in_thread(tl.current_run)


def test_a_thread_with_a_copied_context_has_its_makers_run(client: tl.Client, place: str) -> None:
    with tl.start_run(to=place), tl.start_run(to=place) as run:
        thread = Thread(target=copy_context().run, args=(tl.log_param, "a", 1))
        thread.start()
        thread.join()
    assert client.run(run.id).params == {"a": 1}


def test_threads_have_runs_of_their_own(client: tl.Client, place: str) -> None:
    barrier = Barrier(4)

    def work(number: int) -> str:
        with tl.start_run(to=place) as run:
            barrier.wait()
            tl.log_param("n", number)
            barrier.wait()
            return run.id

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(4)))
    assert [client.run(run).params["n"] for run in found] == list(range(4))


def test_tasks_have_runs_of_their_own(client: tl.Client, place: str) -> None:
    async def work(number: int) -> str:
        with tl.start_run(to=place, parent=True) as run:
            await asyncio.sleep(0)
            tl.log_param("n", number)
        return run.id

    async def main() -> list[str]:
        with tl.start_run(to=place):
            return list(await asyncio.gather(*map(work, range(4))))

    found = asyncio.run(main())
    assert [client.run(run).params["n"] for run in found] == list(range(4))
    assert len({client.run(run).parent for run in found}) == 1


def test_the_place_follows_from_the_run(client: tl.Client, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKLAYER_URL", "memory://elsewhere")
    with tl.start_run(to=place) as run:
        children = [tl.start_run(parent=above) for above in (True, run, run.url)]
        again = tl.start_run(resume=run.url)
        apart = tl.start_run()
    assert all(client.run(child.id).parent == run.ref for child in children)
    assert again.id == run.id
    assert apart.url.startswith("memory://elsewhere#")
    with pytest.raises(tl.NotFound):
        tl.start_run(resume=run.id)


def test_one_client_a_place(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str | None] = []

    def connect(url: str | None) -> tl.Client:
        opened.append(url)
        return tl.connect(url)

    monkeypatch.setattr("tracklayer.api.places.connect", connect)
    one, two = client_of(place), client_of(place.replace("memory:", "MEMORY:"))
    assert one is two
    assert len(opened) == 2
    assert one is not client_of("memory://elsewhere")


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "finished"), (ValueError(), "failed"), (KeyboardInterrupt(), "killed"), (SystemExit(), "killed")],
)
def test_the_status_after_an_error(error: BaseException | None, status: str) -> None:
    assert status_after(error) == status


LEFT = """
import atexit

def seen():  # runs after tracklayer's own, which is registered later
    import tracklayer
    with tracklayer.connect("memory://left") as client:
        print(*sorted(f"{run.params['n']}:{run.status}" for run in client.runs()))

atexit.register(seen)
import tracklayer as tl
tl.start_run(to="memory://left", params={"n": 1})
tl.start_run(to="memory://left", params={"n": 2}, parent=True)
tl.connect("memory://left").start_run(params={"n": 3})
"""


@pytest.mark.parametrize(
    ("last", "statuses"),
    [
        ("", "1:finished 2:finished 3:finished"),
        ("import sys; sys.exit(3)", "1:finished 2:finished 3:finished"),
        ("1 / 0", "1:failed 2:failed 3:failed"),
        ("raise KeyboardInterrupt", "1:killed 2:killed 3:killed"),
        ("tl.end_run('killed'); tl.log_metric('m', 1)", "1:finished 2:killed 3:finished"),
    ],
)
def test_runs_that_are_left_are_ended_with_the_program(last: str, statuses: str) -> None:
    done = subprocess.run([sys.executable, "-c", LEFT + last], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == statuses


FORKED = """
import os, sys
import tracklayer as tl

end, parent = tl.ActiveRun.end, os.getpid()

def watched(run, *given):
    print("parent" if os.getpid() == parent else "child", flush=True)
    end(run, *given)

tl.ActiveRun.end = watched
run = tl.start_run(to="memory://forked")
child = os.fork()
if child == 0:
    sys.exit(0)  # with all that is registered for an exit
os.waitpid(child, 0)
"""


def test_a_child_process_does_not_end_its_parents_runs() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["parent"]
