"""Forks, spawned processes, ranks, threads and signals: everybody's points arrive, and no run is ended by a child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tracklayer as tl
from tracklayer.layers.journal.folder import journals
from tracklayer.layers.journal.sync import sync

PATIENCE = 120


@pytest.fixture
def place(tmp_path: Path) -> str:
    return f"local:{tmp_path / 'store.db'}"


def home() -> Path:
    return Path(os.environ["TRACKLAYER_HOME"])


def program(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def series(place: str, key: str, experiment: str = "Default") -> list[int]:
    with tl.connect(place) as client:
        (run,) = client.runs(experiment)
        return list(client.metric_history(run, key).steps)


FORKS = """
import os, sys, tracklayer as tl
run = tl.start_run(to=sys.argv[1])
run.log_metric("before", 1)
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        for step in range(50):
            run.log_metric(f"child{number}", step, step=step)
        run.log_text("from a child", f"child{number}.txt")
        run.log_param(f"child{number}", number)
        LAST
    children.append(child)
for child in children:
    os.waitpid(child, 0)
for step in range(50):
    run.log_metric("parent", step, step=step)
run.end(timeout=60)
with tl.connect(sys.argv[1]) as client:
    found = client.run(run.id)
    assert found.status == "finished", found.status
    for number in range(3):
        assert list(client.metric_history(run, f"child{number}").steps) == list(range(50)), number
        assert found.params[f"child{number}"] == number
        with client.open_artifact(run, f"child{number}.txt") as file:
            assert file.read() == b"from a child"
    assert list(client.metric_history(run, "parent").steps) == list(range(50))
print("all there")
"""


@pytest.mark.parametrize("kind", ["local", "memory"])
@pytest.mark.parametrize(
    "last", ["os._exit(0)", "sys.exit(0)", "os.kill(os.getpid(), 9)", "run.end('failed'); os._exit(0)"]
)
def test_what_forked_children_log_arrives_with_their_parents(place: str, kind: str, last: str) -> None:
    done = program(FORKS.replace("LAST", last), place if kind == "local" else "memory://forks")
    assert done.stdout.strip() == "all there", done.stderr
    assert journals(home()) == []


MULTIPROCESSING = """
import multiprocessing, sys, tracklayer as tl

def work(run, number):
    for step in range(50):
        run.log_metric(f"child{number}", step, step=step)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    with tl.start_run(to=sys.argv[1]) as run:
        started = [context.Process(target=work, args=(run, number)) for number in range(2)]
        for process in started:
            process.start()
        for process in started:
            process.join()
        assert [process.exitcode for process in started] == [0, 0]
    with tl.connect(sys.argv[1]) as client:
        for number in range(2):
            assert list(client.metric_history(run, f"child{number}").steps) == list(range(50)), number
        assert client.run(run.id).status == "finished"
    print("all there")
"""


@pytest.mark.parametrize("kind", ["local", "memory"])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_run_is_handed_to_other_processes(place: str, tmp_path: Path, method: str, kind: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(MULTIPROCESSING)
    done = subprocess.run(
        [sys.executable, str(script), place if kind == "local" else "memory://handed", method],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout.strip() == "all there", done.stderr


ORPHAN = """
import os, select, sys, tracklayer as tl
run = tl.start_run(to=sys.argv[1])
run.log_metric("m", 0, step=0)
run.flush()
parent = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == parent:
    select.select([], [], [], 0.01)
for step in range(1, 50):
    run.log_metric("m", step, step=step)
assert run.flush(timeout=60), run.pending()
"""


def test_a_child_whose_parent_is_gone_carries_by_itself(place: str) -> None:
    done = program(ORPHAN, place)
    assert done.stderr == ""
    assert all(one.ok for one in sync(home()))
    assert series(place, "m") == list(range(50))


RANK = """
import os, sys, tracklayer as tl
with tl.start_run("ranks", to=sys.argv[1], params={"lr": 0.1}) as run:
    run.log_param("device", os.environ["LOCAL_RANK"])
    for step in range(20):
        run.log_metric("loss", step, step=step)
"""
LAUNCH = """
import os, subprocess, sys
world = 3
started = [
    subprocess.Popen(
        [sys.executable, "-c", sys.argv[1], sys.argv[2]],
        env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world),
             "LOCAL_WORLD_SIZE": str(world), "TORCHELASTIC_RUN_ID": "none",
             "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"},
    )
    for rank in reversed(range(world))
]
sys.exit(max(process.wait() for process in started))
"""


@pytest.mark.parametrize(
    ("ranks", "keys"),
    [
        ("prefix", {"loss", "rank1/loss", "rank2/loss"}),
        ("tag", {"loss", "loss/rank1", "loss/rank2"}),
    ],
)
def test_all_ranks_of_a_launch_log_to_one_run(place: str, ranks: str, keys: set[str]) -> None:
    done = program(LAUNCH, RANK, place, TRACKLAYER_RANKS=ranks)
    assert done.returncode == 0, done.stderr
    with tl.connect(place) as client:
        (run,) = client.runs("ranks")
        assert set(run.metrics) == keys
        for key in keys:
            assert list(client.metric_history(run, key).steps) == list(range(20))
        assert run.status == "finished"
        assert run.params == {"lr": 0.1, "device": "0", "rank1/device": "1", "rank2/device": "2"}
    assert journals(home()) == []


def test_launches_one_after_the_other_are_runs_of_their_own(place: str) -> None:
    for _ in range(2):
        assert program(LAUNCH, RANK, place).returncode == 0
    with tl.connect(place) as client:
        assert len(list(client.runs("ranks"))) == 2


#: Ctrl-C is heard even if whoever started the tests, a shell in the background say, lets it be ignored.
ENDS = """
import select, signal, sys, tracklayer as tl
signal.signal(signal.SIGINT, signal.default_int_handler)
run = tl.start_run(to=sys.argv[1])
for step in range(1000):
    run.log_metric("m", step, step=step)
print("logged", flush=True)
while True:
    select.select([], [], [], 0.01)
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_program_that_is_told_to_end_ends_its_run_first(place: str, sent: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDS, place], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "logged"
        process.send_signal(sent)
        try:
            _, said = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == -sent, said
    assert series(place, "m") == list(range(1000))
    with tl.connect(place) as client:
        assert next(client.runs()).status == "killed"
    assert journals(home()) == []


def test_a_handler_of_the_program_is_left_alone(place: str) -> None:
    code = ENDS.replace("run =", "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); run =")
    with subprocess.Popen([sys.executable, "-c", code, place], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "logged"
        process.terminate()
        assert process.wait(PATIENCE) == 7
    assert series(place, "m") == list(range(1000))


RESUMES = """
import sys, tracklayer as tl
run = tl.start_run(resume=sys.argv[2], to=sys.argv[1])
for step in range(200):
    run.log_metric(sys.argv[3], step, step=step)
    run.log_metric("shared", step, step=step + 1000 * int(sys.argv[3][-1]))
run.end()
"""


def test_two_processes_go_on_with_one_run(place: str) -> None:
    with tl.start_run("Default", to=place) as run:
        pass
    started = [subprocess.Popen([sys.executable, "-c", RESUMES, place, run.id, f"by{number}"]) for number in (1, 2)]
    assert [process.wait(PATIENCE) for process in started] == [0, 0]
    assert series(place, "by1") == series(place, "by2") == list(range(200))
    assert series(place, "shared") == [*range(1000, 1200), *range(2000, 2200)]
    with tl.connect(place) as client:
        assert client.run(run.id).status == "finished"
