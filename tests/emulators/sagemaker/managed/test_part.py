"""The data plane: who gets through to the server of an ARN, and who does not."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from tests.emulators.sagemaker.managed.asking import APP_HEADER, SERVER_HEADER, Managed

from tracklayer.emulators.serving import Response


def test_a_good_request_reaches_its_server_as_it_was_sent(managed: Managed) -> None:
    arn = managed.server()
    headers = {SERVER_HEADER: arn, "Content-Type": "application/json", "X-Own": "1"}
    path = "/api/2.0/mlflow/runs/search?a=b%20c&d=%2B"
    answer = managed.ask(headers, method="POST", path=path, body=b'{"a": 1}')
    assert (answer.status_code, answer.content, answer.headers["X-Of-Mlflow"]) == (200, b'{"fine": true}', "yes")
    (seen,) = managed.behind.seen
    assert (seen.method, seen.path, seen.query, seen.body) == (
        "POST",
        "/api/2.0/mlflow/runs/search",
        "a=b%20c&d=%2B",
        b'{"a": 1}',
    )
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-own"] == "1"
    assert seen.host == "127.0.0.1", "a server refuses hosts that are not its own"
    assert not {name for name in seen.headers if name.startswith(("x-amz", "authorization", "x-mlflow-sm"))}


def test_an_app_is_signed_for_by_another_name(managed: Managed) -> None:
    arn = managed.app()
    assert managed.ask({APP_HEADER: arn}, service="sagemaker").status_code == 200
    refusal = managed.ask({APP_HEADER: arn}, service="sagemaker-mlflow")
    assert (refusal.status_code, refusal.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
    assert "correct service" in refusal.json()["message"]


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("eu-west-1.experiments.sagemaker.aws", "server"),
        ("t-abc.eu-west-1.experiments.sagemaker.aws", "server"),
        ("mlflow.sagemaker.eu-west-1.app.aws", "app"),
    ],
)
def test_real_hosts_are_served(managed: Managed, host: str, kind: str) -> None:
    header, service = (SERVER_HEADER, "sagemaker-mlflow") if kind == "server" else (APP_HEADER, "sagemaker")
    arn = managed.server() if kind == "server" else managed.app()
    answer = managed.ask({header: arn}, service=service, host=host)
    assert answer.status_code == 200
    assert managed.emulator.calls.all()[-1].host == host


def test_what_is_signed_for_another_region_is_refused(managed: Managed) -> None:
    arn = managed.server(region="eu-west-1")
    refusal = managed.ask({SERVER_HEADER: arn}, region="us-east-1")
    assert refusal.status_code == 403
    assert "scoped to a valid region, not 'us-east-1'" in refusal.json()["message"]
    wrong = managed.ask({SERVER_HEADER: arn}, host="us-east-1.experiments.sagemaker.aws")
    assert (wrong.status_code, wrong.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert managed.behind.seen == []


def test_the_arn_must_be_among_what_is_signed(managed: Managed) -> None:
    arn = managed.server()
    refusal = managed.ask({}, after={SERVER_HEADER: arn})
    assert refusal.status_code == 403
    assert refusal.json()["message"] == f"'{SERVER_HEADER}' must be a signed header"


def test_a_changed_arn_a_wrong_key_and_no_signature_are_refused(managed: Managed) -> None:
    arn, other = managed.server("one"), managed.server("two")
    changed = managed.ask({SERVER_HEADER: arn}, after={SERVER_HEADER: other})
    assert changed.headers["x-amzn-errortype"] == "InvalidSignatureException"
    bare = managed.session.get(f"{managed.emulator.url}/api", headers={SERVER_HEADER: arn})
    assert (bare.status_code, bare.headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    host = {"Host": "eu-west-1.experiments.sagemaker.aws"}
    nobody = managed.session.get(f"{managed.emulator.url}/api", headers=host)
    assert (nobody.status_code, nobody.headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    assert managed.behind.seen == []


def test_a_server_that_is_not_there_or_stopped_is_said(managed: Managed) -> None:
    arn = managed.server("one")
    missing = managed.ask({SERVER_HEADER: f"{arn}-not"})
    assert (missing.status_code, missing.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert managed.ask({SERVER_HEADER: "nonsense"}).status_code == 403
    app = managed.app()
    assert managed.ask({SERVER_HEADER: app}).status_code == 404
    managed.control().stop_mlflow_tracking_server(TrackingServerName="one")
    stopped = managed.ask({SERVER_HEADER: arn})
    assert (stopped.status_code, stopped.headers["x-amzn-errortype"]) == (409, "ConflictException")
    managed.control().start_mlflow_tracking_server(TrackingServerName="one")
    assert managed.ask({SERVER_HEADER: arn}).status_code == 200
    managed.control().delete_mlflow_tracking_server(TrackingServerName="one")
    assert managed.ask({SERVER_HEADER: arn}).status_code == 404


def test_a_request_is_for_one_server(managed: Managed) -> None:
    server, app = managed.server(), managed.app()
    assert managed.ask({SERVER_HEADER: server, APP_HEADER: app}).status_code == 400
    host = "mlflow.sagemaker.eu-west-1.app.aws"
    assert managed.ask({SERVER_HEADER: server}, host=host).status_code == 400


def test_an_error_of_the_server_comes_through(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = managed.server()
    monkeypatch.setattr(managed.behind, "answer", Response(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}'))
    assert managed.ask({SERVER_HEADER: arn}).json() == {"error_code": "RESOURCE_DOES_NOT_EXIST"}
    last = managed.emulator.calls.all()[-1]
    assert (last.service, last.operation) == ("sagemaker-mlflow", "experiments/get")
    assert (last.status, last.code) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_server_that_breaks_off_is_unavailable(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = managed.server()
    monkeypatch.setattr(managed.part._servers, "url", lambda _arn, _artifacts: "http://127.0.0.1:1")
    answer = managed.ask({SERVER_HEADER: arn})
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (503, "ServiceUnavailable")


def test_a_presigned_url_opens_a_servers_pages_once(managed: Managed) -> None:
    managed.server("one")
    control, session = managed.control(), managed.session
    asked = {"TrackingServerName": "one", "ExpiresInSeconds": 60}
    place = urlsplit(control.create_presigned_mlflow_tracking_server_url(**asked)["AuthorizedUrl"])
    host = {"Host": place.netloc}

    def get(path: str, **headers: str) -> int:
        answer = session.get(f"{managed.emulator.url}{path}", headers={**host, **headers}, allow_redirects=False)
        return answer.status_code

    entered = session.get(f"{managed.emulator.url}{place.path}?{place.query}", headers=host, allow_redirects=False)
    assert (entered.status_code, entered.headers["Location"]) == (302, "/")
    cookie = entered.headers["Set-Cookie"].partition(";")[0]
    session.cookies.clear()
    assert get("/", Cookie=f"other=1; {cookie}") == 200
    assert managed.behind.seen[-1].path == "/"
    assert "cookie" not in managed.behind.seen[-1].headers
    assert get("/") == 403
    assert get("/", Cookie="mlflow-session=made-up") == 403
    assert get(f"{place.path}?{place.query}") == 403, "a URL is good for once"
    assert get("/auth") == 403


def test_a_presigned_url_of_an_app(managed: Managed) -> None:
    url = managed.control().create_presigned_mlflow_app_url(Arn=managed.app())["AuthorizedUrl"]
    assert urlsplit(url).hostname == "mlflow.sagemaker.eu-west-1.app.aws"


def test_other_requests_are_not_its_own(managed: Managed) -> None:
    managed.server()
    managed.control().list_mlflow_apps()
    assert [call.service for call in managed.emulator.calls.all()] == ["sagemaker", "sagemaker"]
    assert managed.part.hosts == ("*.experiments.sagemaker.aws", "mlflow.sagemaker.*.app.aws")


def test_a_reset_drops_all(managed: Managed) -> None:
    arn = managed.server()
    managed.emulator.reset()
    assert managed.ask({SERVER_HEADER: arn}).status_code == 404
    assert managed.control().list_mlflow_tracking_servers()["TrackingServerSummaries"] == []
