"""Plain boto3 as the client of the emulator, and requests that boto3 would not send."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tracklayer.emulators.sagemaker import Knobs, SagemakerEmulator

SERVICES = ("sagemaker", "sagemaker-metrics", "s3", "sts")


class Aws:
    """Clients of every service, of one region. `sm`, `metrics`, `s3`, `sts`."""

    def __init__(self, emulator: SagemakerEmulator, region: str = "us-east-1") -> None:
        self.emulator = emulator
        self.region = region
        made = emulator.environment()
        self.credentials = Credentials(made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"])
        session = boto3.Session(made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"], region_name=region)
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False, proxies={})
        clients = [session.client(name, endpoint_url=emulator.url, config=config) for name in SERVICES]
        self.sm, self.metrics, self.s3, self.sts = self.clients = clients

    def tune(self, **knobs: Any) -> None:
        self.emulator.tune(**knobs)

    def raw(self, operation: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
        """A JSON call as it stands, signed: what botocore would not let out."""
        metrics = operation.startswith("Batch")
        url = f"{self.emulator.url}/{operation if metrics else ''}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        method = "PUT" if operation == "BatchPutMetrics" else "POST"
        request = AWSRequest(method, url, {} if metrics else {"X-Amz-Target": f"SageMaker.{operation}"}, data)
        SigV4Auth(self.credentials, "sagemaker", self.region).add_auth(request)
        answer = requests.request(method, url, data=data, headers={**dict(request.headers), **headers}, timeout=30)
        return answer.status_code, answer.json()

    def close(self) -> None:
        for client in self.clients:
            client.close()

    # -- shorthand

    def experiment(self, name: str = "exp", **more: Any) -> str:
        return str(self.sm.create_experiment(ExperimentName=name, **more)["ExperimentArn"])

    def trial(self, name: str = "trial", experiment: str = "exp", **more: Any) -> str:
        return str(self.sm.create_trial(TrialName=name, ExperimentName=experiment, **more)["TrialArn"])

    def component(self, name: str = "tc", trial: str | None = None, **more: Any) -> str:
        arn = self.sm.create_trial_component(TrialComponentName=name, **more)["TrialComponentArn"]
        if trial is not None:
            self.sm.associate_trial_component(TrialComponentName=name, TrialName=trial)
        return str(arn)

    def described(self, name: str = "tc") -> dict[str, Any]:
        return dict(self.sm.describe_trial_component(TrialComponentName=name))

    def put(self, *points: dict[str, Any], name: str = "tc") -> list[dict[str, Any]]:
        """The errors of BatchPutMetrics."""
        answer = self.metrics.batch_put_metrics(TrialComponentName=name, MetricData=list(points))
        return list(answer.get("Errors", []))

    def found(
        self, *filters: tuple[str, str, str | None], resource: str = "ExperimentTrialComponent", **more: Any
    ) -> list[str]:
        """Names that Search finds."""
        given = [{"Name": n, "Operator": o} | ({} if v is None else {"Value": v}) for n, o, v in filters]
        expression = {"SearchExpression": {"Filters": given}} if given else {}
        results = self.sm.search(Resource=resource, MaxResults=100, **{**expression, **more})["Results"]
        kind = {"Experiment": "Experiment", "ExperimentTrial": "Trial"}.get(resource, "TrialComponent")
        return [one[kind][f"{kind}Name"] for one in results]


def refused(call: Callable[..., object], **arguments: Any) -> tuple[str, str]:
    """(code, message) of the error that a call meets."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def code(call: Callable[..., object], **arguments: Any) -> str:
    return refused(call, **arguments)[0]


DEFAULTS = Knobs().model_dump()
