"""The guard before MLflow's app: no route that is not known to read gets through, and none without the token."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import warnings
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tracklayer.plugins.mlflow.ui.guard import Guard
from tracklayer.plugins.mlflow.ui.later import Later
from tracklayer.plugins.mlflow.ui.pages import Pages
from tracklayer.plugins.mlflow.ui.routes import Verdict, verdict

TOKEN = "a-token-of-our-own-0123456789"
#: MLflow's handlers that may answer while nothing may be written.
READING = {
    *("_get_experiment", "_get_experiment_by_name", "_search_experiments", "serve_search_datasets", "_get_run"),
    *("_search_runs", "_list_artifacts", "_get_metric_history", "serve_get_metric_history_bulk", "_graphql"),
    *("get_metric_history_bulk_interval_handler", "serve_get_metric_history_bulk_interval", "_get_server_info"),
    *("_get_logged_model", "_search_logged_models", "_list_logged_model_artifacts", "serve_get_logged_model_artifact"),
    *("_search_registered_models", "_get_registered_model", "_get_latest_versions", "_search_model_versions"),
    *("_get_model_version", "serve_artifacts", "serve_model_version_artifact", "_download_artifact"),
    *("_list_artifacts_mlflow_artifacts", "serve_get_ui_telemetry", "serve_post_ui_telemetry", "serve", "health"),
    *("version", "serve_static_file"),
}
#: Those that may with `--write`, beside them.
WRITING = {
    *("_create_experiment", "_delete_experiment", "_restore_experiment", "_update_experiment", "_set_experiment_tag"),
    *("_delete_experiment_tag", "_create_run", "_update_run", "_delete_run", "_restore_run", "_log_metric"),
    *("_log_param", "_log_batch", "_log_model", "_log_inputs", "_log_outputs", "_set_tag", "_delete_tag"),
    *("_create_logged_model", "_finalize_logged_model", "_delete_logged_model", "_log_logged_model_params"),
    *("_set_logged_model_tags", "_delete_logged_model_tag", "serve_upload_artifact", "_upload_artifact"),
}


class Route(NamedTuple):
    method: str
    path: str
    handler: str


class Answer(NamedTuple):
    status: int
    headers: dict[bytes, bytes]
    body: dict[str, Any]


@pytest.fixture(scope="module")
def routes() -> Iterator[list[Route]]:
    """All of MLflow's, with `x` for whatever part of a path varies."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow's own, of what it imports
            from mlflow.server import app  # noqa: PLC0415 -- it costs seconds
        yield [
            Route(method, re.sub(r"<[^>]*>", "x", rule.rule), rule.endpoint)
            for rule in app.url_map.iter_rules()
            for method in rule.methods or ()
            if method != "OPTIONS"
        ]


@pytest.mark.parametrize("write", [False, True], ids=["read", "write"])
def test_only_what_is_known_gets_through(routes: list[Route], write: bool) -> None:
    served = {Verdict.SERVED, Verdict.PAGES}
    through = {one.handler for one in routes if verdict(one.method, one.path, write=write) in served}
    assert through == (READING | WRITING if write else READING)
    changing = [one for one in routes if one.method not in {"GET", "HEAD"}]
    assert len(changing) > 100
    refused = {verdict(one.method, one.path, write=write) for one in changing if one.handler not in through}
    assert refused == {Verdict.EMPTY, Verdict.LACKING if write else Verdict.READS_ONLY}


@pytest.mark.parametrize(
    "path",
    [
        *("/api/2.0/mlflow/runs/search/", "/api/2.0/mlflow//runs/create", "/api/2.0/mlflow/runs/../runs/create"),
        *("/API/2.0/mlflow/runs/create", "/api/3.0/mlflow/demo/generate", "/gateway/x/mlflow/invocations"),
        *("/v1/traces", "/ajax-api/3.0/mlflow/assistant/message", "/api/2.0/mlflow/runs/create", "/", "/get-artifact"),
    ],
)
def test_no_spelling_of_a_path_gets_a_change_through(path: str) -> None:
    assert verdict("POST", path, write=False) in {Verdict.READS_ONLY, Verdict.LACKING}


def asked(path: str, method: str = "GET", *, write: bool = False, token: str | None = TOKEN, **headers: Any) -> Answer:
    """What a guard answers; an app behind it says that it was asked."""

    async def app(_: MutableMapping[str, Any], __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"app": true}'})

    told: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    told_of = {"host": "localhost:5000", **headers}
    given = [(key.replace("_", "-").encode(), text.encode()) for key, text in told_of.items() if text is not None]
    scope = {"type": "http", "method": method, "path": path, "headers": given}
    names = None if token else {"localhost", "127.0.0.1", "::1"}
    asyncio.run(Guard(app, write=write, token=token, names=names)(scope, receive, send))
    return Answer(told[0]["status"], dict(told[0]["headers"]), json.loads(told[1]["body"]))


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize("path", ["/", "/health", "/version", "/api/2.0/mlflow/runs/get", "/static-files/a.js"])
@pytest.mark.parametrize(
    "given",
    [
        "",
        TOKEN,
        f"Bearer {TOKEN}x",
        f"Bearer x{TOKEN}",
        "Bearer",
        f"Digest {TOKEN}",
        basic("me:no"),
        "Basic ?",
        "Basic",
    ],
)
def test_without_the_token_nothing_is_answered(path: str, given: str) -> None:
    answer = asked(path, authorization=given or None)
    assert (answer.status, answer.body["error_code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers[b"www-authenticate"].startswith(b"Basic realm=")
    assert TOKEN not in str(answer)


@pytest.mark.parametrize(
    "given", [f"Bearer {TOKEN}", f"bearer  {TOKEN}", basic(f"anybody:{TOKEN}"), basic(f":{TOKEN}")]
)
def test_with_the_token_all_is(given: str) -> None:
    assert asked("/api/2.0/mlflow/runs/get", authorization=given).body == {"app": True}


def test_what_is_refused_is_an_error_of_mlflow_s() -> None:
    reading = asked("/api/2.0/mlflow/runs/create", "POST", token=None)
    assert (reading.status, reading.body) == (
        403,
        {"error_code": "PERMISSION_DENIED", "message": "this server only reads: start it with --write"},
    )
    assert asked("/api/2.0/mlflow/runs/create", "POST", token=None, write=True).body == {"app": True}
    lacking = asked("/api/3.0/mlflow/traces/x", token=None)
    assert (lacking.status, lacking.body["error_code"]) == (501, "NOT_IMPLEMENTED")
    empty = asked("/ajax-api/3.0/mlflow/traces/search", "POST", token=None)
    assert (empty.status, empty.body) == (200, {})


@pytest.mark.parametrize(
    ("host", "there"),
    [
        *(("localhost:5000", True), ("LOCALHOST", True), ("127.0.0.1:1", True), ("[::1]:5000", True)),
        *(("evil.example.org:5000", False), ("127.0.0.1.evil.example.org", False), ("localhost@evil.org", False)),
        *(("", False), ("[::1", False), ("10.0.0.1", False)),
    ],
)
def test_without_a_token_only_names_of_this_machine_are_answered(host: str, there: bool) -> None:
    answer = asked("/api/2.0/mlflow/runs/get", token=None, host=host)
    assert answer.status == (200 if there else 403)
    assert there or "does not go by the name" in answer.body["message"]


@pytest.mark.parametrize("token", [None, TOKEN], ids=["near", "token"])
@pytest.mark.parametrize(
    ("headers", "there"),
    [
        *(({"origin": "http://localhost:5000"}, True), ({"origin": "https://localhost:5000"}, True)),
        *(({"origin": "http://localhost:8888"}, False), ({"origin": "null"}, False)),
        *(({"origin": "https://evil.example.org"}, False), ({"origin": "http://localhost"}, False)),
        *(({"sec_fetch_site": "same-origin", "sec_fetch_mode": "cors"}, True), ({"sec_fetch_site": "none"}, True)),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}, True),  # a link
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"}, False),  # a picture, a script
        ({"sec_fetch_site": "same-site", "sec_fetch_mode": "cors"}, False),  # another port of this machine
    ],
    ids=lambda one: " ".join(one.values()) if isinstance(one, dict) else str(one),
)
def test_a_page_of_another_server_is_refused_even_where_it_brings_the_token(
    headers: dict[str, Any], there: bool, token: str | None
) -> None:
    """As a browser does, which adds a password that it knows to what any page asks."""
    authorization = None if token is None else basic(f"me:{token}")
    answer = asked("/api/2.0/mlflow/runs/search", "POST", token=token, authorization=authorization, **headers)
    assert (answer.status, answer.body == {"app": True}) == ((200, True) if there else (403, False))
    assert TOKEN not in str(answer)


def test_every_answer_says_that_it_is_not_to_be_framed_guessed_or_told_of() -> None:
    for answer in (asked("/"), asked("/", token=None), asked("/api/2.0/mlflow/runs/get", token=None, host="x")):
        assert answer.headers[b"x-frame-options"] == b"SAMEORIGIN"
        assert answer.headers[b"x-content-type-options"] == b"nosniff"
        assert answer.headers[b"referrer-policy"] == b"same-origin"


def test_who_asks_before_mlflow_is_there_waits_and_is_told_where_it_never_comes() -> None:
    async def app(_: MutableMapping[str, Any], __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def statuses(given: Any) -> list[int]:
        later, told = Later(), []

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(message)

        async def receive() -> MutableMapping[str, Any]:
            raise AssertionError

        async def asking() -> None:
            await later({"type": "http"}, receive, send)

        gone, waiting = asyncio.ensure_future(asking()), asyncio.ensure_future(asking())
        await asyncio.sleep(0)
        assert told == []
        gone.cancel()
        await asyncio.to_thread(later.give, given)
        later.give(None)  # what was given first stands
        await waiting
        await asking()
        return [one["status"] for one in told if "status" in one]

    assert asyncio.run(statuses(app)) == [200, 200]
    assert asyncio.run(statuses(None)) == [503, 503]


def test_pages_are_read_from_where_mlflow_is_and_from_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("not for you")
    folder = tmp_path / "build"
    (folder / "static").mkdir(parents=True)
    (folder / "index.html").write_text("<html><head><title>MLflow</title></head></html>")
    (folder / "static" / "main.js").write_text("go()")

    async def got(path: str) -> tuple[int, bytes]:
        told: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(message)

        async def staying() -> Any:
            await asyncio.Event().wait()

        await Pages(folder)({"type": "http", "method": "GET", "path": path, "headers": []}, staying, send)
        return told[0]["status"], b"".join(one.get("body", b"") for one in told[1:])

    status, page = asyncio.run(got("/"))
    assert status == 200
    assert page.startswith(b"<html><head><script>")
    assert asyncio.run(got("/static-files/static/main.js")) == (200, b"go()")
    for path in ("/static-files/../secret.txt", f"/static-files/{tmp_path}/secret.txt", "/static-files/static"):
        status, said = asyncio.run(got(path))
        assert (status, b"not for you" in said) == (404, False)


def test_a_socket_is_closed() -> None:
    told: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    asyncio.run(Guard(nothing, write=True, token=None, names=None)({"type": "websocket", "path": "/"}, nothing, send))
    assert [one["type"] for one in told] == ["websocket.close"]
