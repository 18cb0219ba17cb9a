"""An emulator with managed MLflow, asked by plain boto3 and by signed requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.emulators.sagemaker.managed import ManagedMlflow
from tracklayer.emulators.serving import Request, Response, Server

ROLE = "arn:aws:iam::123456789012:role/mlflow"
SERVER_HEADER, APP_HEADER = "x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn"


class Behind:
    """Stands where a real MLflow server would: says what it was asked."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.answer = Response(200, b'{"fine": true}', {"Content-Type": "application/json", "X-Of-Mlflow": "yes"})
        self.server = Server(self.answered)
        self.url = self.server.url

    def answered(self, request: Request) -> Response:
        self.seen.append(request)
        return self.answer


@dataclass
class Managed:
    """An emulator with managed MLflow, of which `behind` plays all servers."""

    emulator: SagemakerEmulator
    part: ManagedMlflow
    behind: Behind
    session: requests.Session

    def control(self, region: str = "eu-west-1") -> Any:
        """Plain boto3, for the control plane."""
        made = self.emulator.environment()
        session = boto3.Session(made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"], region_name=region)
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False, proxies={})
        return session.client("sagemaker", endpoint_url=self.emulator.url, config=config)

    def server(self, name: str = "one", region: str = "eu-west-1", **more: Any) -> str:
        """The ARN of a new tracking server."""
        given = {"TrackingServerName": name, "ArtifactStoreUri": f"s3://bucket/{name}", "RoleArn": ROLE, **more}
        return str(self.control(region).create_mlflow_tracking_server(**given)["TrackingServerArn"])

    def app(self, name: str = "app", region: str = "eu-west-1", **more: Any) -> str:
        """The ARN of a new app."""
        given = {"Name": name, "ArtifactStoreUri": f"s3://bucket/{name}", "RoleArn": ROLE, **more}
        return str(self.control(region).create_mlflow_app(**given)["Arn"])

    def ask(
        self,
        headers: dict[str, str],
        *,
        service: str = "sagemaker-mlflow",
        region: str = "eu-west-1",
        path: str = "/api/2.0/mlflow/experiments/get?experiment_id=0",
        method: str = "GET",
        body: bytes = b"",
        host: str | None = None,
        after: dict[str, str] | None = None,
    ) -> requests.Response:
        """A request to the data plane, signed by botocore. `after`: headers that come on top of what was signed."""
        made = self.emulator.environment()
        url = self.emulator.url + path
        named = {**headers, **({} if host is None else {"Host": host})}
        request = AWSRequest(method, url, named, body)
        credentials = Credentials(made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"])
        SigV4Auth(credentials, service, region).add_auth(request)
        sent = {**dict(request.headers), **(after or {})}
        return self.session.request(method, url, data=body, headers=sent, timeout=60, allow_redirects=False)
