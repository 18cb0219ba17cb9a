"""The run that a plugin logs to, without any framework."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread, current_thread
from threading import enumerate as threads
from uuid import uuid4

import pytest

import tracklayer as tl
from tracklayer.plugins.training import Training


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> str:
    """The place of a program that names none."""
    url = f"memory://{uuid4().hex}"
    monkeypatch.setenv("TRACKLAYER_URL", url)
    return url


@pytest.fixture
def client(place: str) -> Iterator[tl.Client]:
    with tl.connect(place) as client:
        yield client


def statuses(client: tl.Client) -> dict[str | None, str]:
    return {run.name: run.status for run in client.runs()}


def test_a_run_of_its_own_is_the_current_one_until_the_training_ends(client: tl.Client) -> None:
    training = Training("x", None, {"name": "one", "params": {"a": 1}}, name="default", experiment="e")
    run = training.begin()
    assert tl.current_run() is run
    training.end()
    assert tl.current_run() is None
    found = client.run(run.id)
    assert (found.name, found.status, found.params) == ("one", "finished", {"a": 1})
    assert client.experiment("e").ref == found.experiment


@pytest.mark.usefixtures("client")
def test_each_training_has_a_run_of_its_own_and_all_of_a_block_are_one() -> None:
    training = Training("x", None, {"experiment": "e"})
    first, again = training.begin(), training.begin()
    assert first is not again
    assert not first.active
    training.enter()
    block = training.begin()
    training.end()
    assert training.begin() is block is again, "the block began in the middle of a training"
    training.exit(None)
    training.enter()
    assert training.begin() is not block
    training.exit(None)


def test_the_current_run_is_taken_and_left_to_whoever_started_it(client: tl.Client) -> None:
    with tl.start_run(name="theirs") as run:
        training = Training("x", None, {"params": {"a": 1}, "tags": {"b": 2}})
        assert training.begin() is run
        training.end("failed")
        assert run.active
        mine = Training("x", None, {"name": "mine"})
        assert mine.begin() is not run
        mine.end()
    found = client.run(run.id)
    assert (found.status, found.params, found.tags["b"]) == ("finished", {"a": 1}, "2")


def test_a_run_that_is_handed_over_is_left_to_whoever_started_it(client: tl.Client) -> None:
    run = tl.start_run(name="theirs")
    other = tl.start_run(name="other")
    training = Training("x", run, {})
    assert training.begin() is run
    training.end()
    assert run.active
    run.end()
    other.end()
    assert statuses(client) == {"theirs": "finished", "other": "finished"}
    with pytest.raises(tl.InvalidInput, match=r"^x: give run=, or the arguments of a run to start, not both$"):
        Training("x", run, {"name": "n"})


def test_what_comes_after_the_end_is_added_and_the_run_ends_again_as_it_had(client: tl.Client) -> None:
    training = Training("x", None, {"name": "one"})
    run = training.begin()
    training.end("failed")
    training.log_metrics({"late": 1.5}, 3)
    found = client.run(run.id)
    assert (found.status, found.metrics["late"].last) == ("failed", 1.5)


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("x"), "failed"), (KeyboardInterrupt(), "killed"), (None, "finished")]
)
def test_a_block_ends_its_run_as_it_ends_itself(client: tl.Client, error: BaseException | None, status: str) -> None:
    training = Training("x", None, {"name": "one"})
    training.enter()
    training.begin()
    training.exit(error)
    assert statuses(client) == {"one": status}


def test_a_training_that_is_let_go_in_the_middle_has_failed(client: tl.Client) -> None:
    training = Training("x", None, {"name": "left"})
    training.begin()
    del training
    training = Training("x", None, {"name": "complete"})
    training.begin()
    training.complete()
    del training
    assert statuses(client) == {"left": "failed", "complete": "finished"}


def test_one_that_is_let_go_in_another_thread_does_not_keep_that_thread(client: tl.Client) -> None:
    ended: list[str] = []

    class Noted(Training):
        def abandon(self, status: str | None = None) -> None:
            ended.append(current_thread().name)
            super().abandon(status)

    held = [Noted("x", None, {"name": "left"})]
    held[0].begin()
    thread = Thread(target=held.clear, name="carrier")  # as the collector may be called in any thread
    thread.start()
    thread.join()
    for other in threads():
        if other.name == "tracklayer lets go":
            other.join()
    assert ended == ["tracklayer lets go"]
    assert statuses(client) == {"left": "failed"}


def test_one_that_goes_on_when_the_next_of_its_kind_starts_has_failed(client: tl.Client) -> None:
    def training(kind: str, name: str) -> Training:
        found = Training(kind, None, {"name": name})
        found.begin()
        return found

    left, other, sure = training("x", "left"), training("y", "other kind"), Training("x", None, {"name": "sure"})
    sure.sure = True
    sure.begin()
    elsewhere: list[Training] = []
    thread = Thread(target=lambda: elsewhere.append(training("x", "other thread")))
    thread.start()
    thread.join()
    following = training("x", "next")
    ended = {"left": "failed", "other kind": "running", "sure": "running", "other thread": "running", "next": "running"}
    assert statuses(client) == ended
    for one in (other, sure, *elsewhere, following):
        one.end()
    assert statuses(client) == dict.fromkeys(ended, "finished") | {"left": "failed"}
    left.end()
    assert statuses(client) == dict.fromkeys(ended, "finished"), "it went on nevertheless: two callbacks in one fit"


def test_a_param_that_is_set_stays_and_it_is_told(client: tl.Client, caplog: pytest.LogCaptureFixture) -> None:
    training = Training("x", None, {"name": "one"})
    run = training.begin()
    run.log_param("theirs", 1)
    with caplog.at_level(logging.WARNING, "tracklayer"):
        training.log_params({"a": 1, "b": 1})
        training.log_params({"a": 2, "b": 1, "theirs": 2, "c": None})
    training.end()
    assert client.run(run.id).params == {"a": 1, "b": 1, "theirs": 1, "c": "None"}
    told, theirs = caplog.messages
    assert told == "x: param 'a' stays 1, not 2"
    assert "'theirs' is set to another value already" in theirs


def test_the_params_of_a_run_that_goes_on_stay_too(client: tl.Client, caplog: pytest.LogCaptureFixture) -> None:
    with client.start_run(params={"epochs": 2}) as run:
        pass
    training = Training("x", None, {"resume": run.url}, name="no other name")
    with caplog.at_level(logging.WARNING, "tracklayer"):
        again = training.begin()
        training.log_params({"epochs": 4, "new": True})
        training.end()
    assert again.id == run.id
    assert client.run(run.id).params == {"epochs": 2, "new": True}
    assert client.run(run.id).name == run.name
    assert caplog.messages == ["x: param 'epochs' stays 2, not 4"]


def test_what_is_no_number_is_left_out_and_told_once(client: tl.Client, caplog: pytest.LogCaptureFixture) -> None:
    training = Training("x", None, {})
    run = training.begin()
    with caplog.at_level(logging.WARNING, "tracklayer"):
        for step in (1, None):
            training.log_metrics({"loss": 1, "text": "a", "nothing": None}, step)
        training.log_metrics({"text": "b"}, 1)
    training.end()
    assert set(client.run(run.id).metrics) == {"loss"}
    assert sorted(client.metric_history(run.id, "loss").steps) == [0, 1]
    assert caplog.messages == [
        "x: left out: metric 'text' must be a number, not str",
        "x: left out: metric 'nothing' must be a number, not NoneType",
    ]


def test_a_file_is_written_and_stored(client: tl.Client) -> None:
    training = Training("x", None, {})
    run = training.begin()
    training.log_file("model.bin", lambda path: path.write_bytes(b"m"))
    training.end()
    with client.open_artifact(run.id, "model.bin") as file:
        assert file.read() == b"m"


ENDINGS: dict[str, tuple[str, str]] = {
    "raises": ("raise ValueError", "failed"),
    "is interrupted": ("raise KeyboardInterrupt", "killed"),
    "gives the training up": ("", "failed"),
    "is the training": ("training.loops = True", "finished"),
}


def test_a_run_that_is_left_ends_as_the_program_does(tmp_path: Path) -> None:
    begun = "from tracklayer.plugins.training import Training\nimport sys\n"
    begun += "training = Training('x', None, {'to': sys.argv[1], 'name': sys.argv[2]})\ntraining.begin()\n"
    place = f"local:{tmp_path / 'store.db'}"
    for name, (ending, _) in ENDINGS.items():
        command = [sys.executable, "-c", begun + ending, place, name]
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL, timeout=120)
    with tl.connect(place) as client:
        assert statuses(client) == {name: status for name, (_, status) in ENDINGS.items()}


SENT = """
import pickle, sys
training = pickle.load(sys.stdin.buffer)
if sys.argv[1] == "first":
    training.log_metrics({"there": 1}, 0)
    training.end("failed")
"""


def test_a_training_that_is_sent_to_other_processes_logs_to_one_run(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    training = Training("x", None, {"to": place})
    training.shared = True
    sent = pickle.dumps(training)
    for rank in ("first", "second"):
        subprocess.run([sys.executable, "-c", SENT, rank], input=sent, check=True, timeout=120)
    training.log_metrics({"here": 1}, 0)
    run = training.last
    assert run is not None
    assert len(list(run.delivery.journal.path.parent.glob("*-*"))) == 1, "no journal of the process that logs nothing"
    training.end()
    with tl.connect(place) as client:
        (found,) = client.runs()
    assert (set(found.metrics), found.status) == ({"there", "here"}, "finished")
    assert not [key for key in found.tags if "status" in key]


@pytest.mark.usefixtures("client")
def test_a_copy_has_a_training_of_its_own() -> None:
    training = Training("x", None, {"name": "n"})
    run = training.begin()
    for again in (copy.deepcopy(training), pickle.loads(pickle.dumps(training))):  # noqa: S301 -- what was made here
        assert again.last is None
    assert copy.deepcopy(training).begin() is not run


def test_those_who_agree_on_a_token_log_to_one_run(client: tl.Client) -> None:
    for name in ("a", "b"):
        training = Training("x", None, {"experiment": "e", "name": "one"})
        training.token = "f" * 32
        training.begin()
        training.log_metrics({name: 1}, 0)
        training.end()
    (run,) = client.runs("e")
    assert (set(run.metrics), run.token) == ({"a", "b"}, "f" * 32)


def test_another_one_begins_anew() -> None:
    training = Training("x", None, {"name": "n"}, experiment="e")
    assert training.fresh().last is None
