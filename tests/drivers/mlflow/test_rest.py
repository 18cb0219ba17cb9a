from __future__ import annotations

import gc
import json
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from contract_tests.servers.mlflow_server import MlflowServer
from contract_tests.servers.recorder import Answer, Cut, Drop, Hang, Lose, Recorder

from tracklayer.drivers._http import encoded
from tracklayer.drivers.mlflow.auth import BearerAuth, NoAuth
from tracklayer.drivers.mlflow.errors import Answered, Unanswered
from tracklayer.drivers.mlflow.rest import Rest, decoded
from tracklayer.errors import InvalidInput, NotFound, ProviderError, RateLimited, Timeout, Unavailable

SECRET = "hunter2-is-secret"


def ask(rest: Rest, *, repeatable: bool = True) -> dict[str, Any]:
    """One call that a server answers quickly."""
    return rest.call("GET", "experiments/get", dict, query={"experiment_id": "0"}, repeatable=repeatable)


def failing(rest: Rest, *, repeatable: bool = True) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(rest, repeatable=repeatable)
    assert "\n" not in str(caught.value)
    return caught.value


# -- JSON


def test_json_is_strict() -> None:
    sent = encoded({"a": 2**63 - 1, "b": 0.1, "c": "é🎉", "d": [None]})
    assert sent.decode() == '{"a":9223372036854775807,"b":0.1,"c":"é🎉","d":[null]}'
    for value in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(InvalidInput, match="cannot be sent as JSON"):
            encoded({"value": [value]})


def test_numbers_may_come_as_text() -> None:
    assert decoded(b'["1", 2]', list[int], "http://host") == [1, 2]
    assert decoded(b'["1.5", "NaN", "Infinity"]', list[float], "http://host")[::2] == [1.5, float("inf")]
    assert decoded(b"", dict, "http://host") == {}


@pytest.mark.parametrize("body", [b"<html>", b"{", b'{"a": NaN}', b"[]", b"\xff"])
def test_what_is_no_answer_of_mlflow_is_said(body: bytes) -> None:
    with pytest.raises(Unanswered, match="is an MLflow server there") as caught:
        decoded(body, dict, "http://host")
    assert caught.value.kind == "foreign"


# -- servers that do not answer


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failing(Rest(f"http://127.0.0.1:{port}", NoAuth()))
    assert type(error) is Unavailable
    assert error.retryable
    assert error.message == f"cannot connect to http://127.0.0.1:{port}: Connection refused; is it running?"
    assert isinstance(error.__cause__, Unanswered)
    assert isinstance(error.__cause__.__cause__, requests.ConnectionError)


def test_a_host_that_is_not_there() -> None:
    error = failing(Rest("http://no-such-host.invalid", NoAuth()), repeatable=False)
    assert type(error) is Unavailable
    assert error.retryable
    assert "cannot connect to http://no-such-host.invalid" in error.message


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://user:{SECRET}@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    error = failing(Rest("http://mlflow.example", NoAuth()))
    assert error.retryable
    assert error.message == "cannot reach the proxy that the environment names: Connection refused"
    assert SECRET not in str(error)


def test_an_answer_that_is_lost_behind_a_proxy_tells_nothing_of_what_was_done(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", recorder.url)
    monkeypatch.setenv("no_proxy", "")
    recorder.disturb(lambda _method, _path: Drop())
    error = failing(Rest("http://mlflow.example", NoAuth()), repeatable=False)
    assert not error.retryable, "a run would be made twice"
    assert "the connection to http://mlflow.example broke off" in error.message


def test_a_server_that_does_not_speak_tls(mlflow_server: MlflowServer) -> None:
    error = failing(Rest(mlflow_server.url.replace("http:", "https:"), NoAuth()))
    assert type(error) is Unavailable
    assert not error.retryable
    assert "no trusted connection" in error.message


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_slow_server(recorder: Recorder, *, repeatable: bool) -> None:
    recorder.inject("GET", "experiments/get", Hang())
    error = failing(Rest(recorder.url, NoAuth(), read=0.2), repeatable=repeatable)
    assert type(error) is Timeout
    assert error.retryable == repeatable
    assert error.message == f"no answer from {recorder.url} within 0.2 s"


@pytest.mark.parametrize("fault", [Drop(), Lose(), Cut(20)])
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_connection_that_breaks(recorder: Recorder, fault: Drop | Lose | Cut, *, repeatable: bool) -> None:
    recorder.inject("GET", "experiments/get", fault)
    rest = Rest(recorder.url, NoAuth())
    error = failing(rest, repeatable=repeatable)
    assert type(error) is Unavailable
    assert error.retryable == repeatable
    assert f"the connection to {recorder.url} broke off" in error.message
    assert ask(rest)["experiment"]["experiment_id"] == "0"
    rest.close()


# -- servers that answer something else


def test_a_web_page_for_an_answer(recorder: Recorder) -> None:
    recorder.inject("GET", "experiments/get", Answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}))
    error = failing(Rest(recorder.url, NoAuth()))
    assert type(error) is Unavailable
    assert not error.retryable
    assert error.message == f"{recorder.url} answers with a web page: is an MLflow server there?"


def test_a_wrong_prefix(mlflow_server: MlflowServer) -> None:
    error = failing(Rest(f"{mlflow_server.url}/wrong/prefix", NoAuth()))
    assert type(error) is NotFound
    assert "check the server's address and path" in error.message


def test_a_redirect_is_not_followed_and_credentials_stay_here(mlflow_server: MlflowServer, recorder: Recorder) -> None:
    with Recorder(mlflow_server.url) as elsewhere:
        recorder.inject("GET", "experiments/get", Answer(302, headers={"Location": f"{elsewhere.url}/x?token=1"}))
        rest = Rest(recorder.url, BearerAuth(SECRET))
        error = failing(rest)
        assert type(error) is Unavailable
        assert not error.retryable
        assert error.message == f"the server redirects to {elsewhere.url}/x: give its own address in the URL (302)"
        assert elsewhere.seen == []
        rest.close()


def test_a_server_that_is_asked_too_fast(recorder: Recorder) -> None:
    recorder.inject("GET", "experiments/get", Answer(429, headers={"Retry-After": "3"}))
    error = failing(Rest(recorder.url, NoAuth()))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 3
    assert isinstance(error.__cause__, Answered)


# -- what is sent


def test_a_call_is_sent_as_json(recorder: Recorder) -> None:
    rest = Rest(recorder.url, NoAuth())
    rest.call("POST", "experiments/search", dict, body={"max_results": 1})
    (seen,) = recorder.seen
    assert (seen.method, seen.path) == ("POST", "/api/2.0/mlflow/experiments/search")
    assert json.loads(seen.body) == {"max_results": 1}
    assert seen.headers["Content-Type"] == "application/json"
    rest.close()


def test_a_server_may_stand_below_a_path(mlflow_server: MlflowServer) -> None:
    with Recorder(mlflow_server.url) as recorder:
        recorder.inject("GET", "/prefix/api/2.0/mlflow/experiments/get", Answer(200, b'{"here": 1}'))
        rest = Rest(f"{recorder.url}/prefix", NoAuth())
        assert ask(rest) == {"here": 1}
        rest.close()


# -- connections


def test_a_thread_has_one_connection_and_keeps_it(recorder: Recorder) -> None:
    rest = Rest(recorder.url, NoAuth())
    at_once = threading.Barrier(4)

    def ask_thrice(_: int) -> None:
        at_once.wait()
        for _ in range(3):
            ask(rest)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask_thrice, range(4)))
    assert len(recorder.seen) == 12
    assert len({seen.connection for seen in recorder.seen}) == 4
    rest.close()


def test_a_thread_that_ends_leaves_no_connection_behind(rest: Rest) -> None:
    for _ in range(3):
        thread = threading.Thread(target=ask, args=(rest,))
        thread.start()
        thread.join()
    gc.collect()
    assert len(rest._sessions._all) == 0
    ask(rest)
    assert len(rest._sessions._all) == 1


def test_a_failed_request_leaves_no_connection_behind(rest: Rest) -> None:
    """MLflow's server resets a connection after an error of its own, which the next request would meet."""
    url = f"/api/2.0/mlflow-artifacts/artifacts/0/{'x' * 300}"
    for _ in range(3):
        with pytest.raises(Unavailable), rest.translating("artifacts/put"):
            rest.whole("PUT", url, data=b"x")
        assert ask(rest)["experiment"]["name"] == "Default"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_of_a_fork_has_its_own_connection(rest: Rest) -> None:
    ask(rest)
    mine = id(rest._sessions.mine())
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            own = id(rest._sessions.mine()) != mine
            os.write(writing, b"own" if own and ask(rest)["experiment"]["name"] == "Default" else b"shared")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        assert said.read() == b"own"
    assert os.waitpid(child, 0)[1] == 0
    assert ask(rest)["experiment"]["name"] == "Default"


def test_closing_twice_is_closing_once(rest: Rest) -> None:
    ask(rest)
    rest.close()
    rest.close()
    assert ask(rest)["experiment"]["name"] == "Default"
