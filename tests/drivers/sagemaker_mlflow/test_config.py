from __future__ import annotations

import pytest

from tracklayer.drivers.sagemaker_mlflow.config import ENDPOINT, ROLE, ManagedConfig
from tracklayer.errors import InvalidInput
from tracklayer.spi import scheme_of

SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/my-server"
APP = "arn:aws:sagemaker:us-east-2:123456789012:mlflow-app/app-ABC123"


def test_a_tracking_server_has_its_host_service_and_header() -> None:
    config = ManagedConfig.read(SERVER, {})
    assert (config.url, config.base) == (SERVER, "https://eu-west-1.experiments.sagemaker.aws")
    assert (config.region, config.service) == ("eu-west-1", "sagemaker-mlflow")
    assert config.headers == {"x-mlflow-sm-tracking-server-arn": SERVER}
    assert (config.role, config.patience) == (None, 120.0)


def test_an_app_has_its_own() -> None:
    config = ManagedConfig.read(APP, {})
    assert (config.url, config.base) == (APP, "https://mlflow.sagemaker.us-east-2.app.aws")
    assert (config.region, config.service) == ("us-east-2", "sagemaker")
    assert config.headers == {"x-sm-mlflow-app-arn": APP}


@pytest.mark.parametrize(
    ("partition", "region"), [("aws", "eu-west-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")]
)
def test_every_partition_is_a_place(partition: str, region: str) -> None:
    config = ManagedConfig.read(f"arn:{partition}:sagemaker:{region}:123456789012:mlflow-tracking-server/a", {})
    assert config.base == f"https://{region}.experiments.sagemaker.aws"


def test_a_scheme_in_capitals_is_the_same_place() -> None:
    assert ManagedConfig.read(SERVER.replace("arn:", "ARN:"), {}).url == SERVER


def test_it_is_a_tracklayer_url() -> None:
    assert [scheme_of(SERVER), scheme_of(APP), scheme_of(SERVER.upper())] == ["arn"] * 3


@pytest.mark.parametrize("address", ["http://127.0.0.1:5000", "http://127.0.0.1:5000/", "https://vpce-1.example/x"])
def test_an_address_of_the_environment_is_used(address: str) -> None:
    assert ManagedConfig.read(SERVER, {ENDPOINT: address}).base == address.rstrip("/")


@pytest.mark.parametrize(
    "address", ["127.0.0.1:5000", "ftp://x", "http://", "http://x?y", "http://a:b@x", "http://x:y"]
)
def test_an_address_that_is_none_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(
        InvalidInput, match=rf"^{ENDPOINT} is not the address of a server: write https://host\[:port\]$"
    ):
        ManagedConfig.read(SERVER, {ENDPOINT: address})


def test_a_role_of_the_environment_signs() -> None:
    role = "arn:aws:iam::123456789012:role/team/mlflow"
    assert ManagedConfig.read(SERVER, {ROLE: role}).role == role
    with pytest.raises(InvalidInput, match=rf"^{ROLE}='nobody' is not the ARN of a role"):
        ManagedConfig.read(SERVER, {ROLE: "nobody"})


@pytest.mark.parametrize(
    "url",
    [
        "arn:aws:sagemaker:eu-west-1:123456789012:experiment/x",
        "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/",
        "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/a/b",
        "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/a b",
        "arn:aws:sagemaker:eu-west-1:1234:mlflow-app/x",
        "arn:aws:s3:::bucket",
        "arn:aws:sagemaker:eu-west-1.evil.example/:123456789012:mlflow-app/x",
        "arn:",
    ],
)
def test_an_arn_of_something_else_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(
        InvalidInput, match=r"arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME or "
    ) as caught:
        ManagedConfig.read(url, {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("end", ["?profile=work", "#run"])
def test_an_arn_takes_no_query(end: str) -> None:
    with pytest.raises(InvalidInput, match="an ARN takes no '\\?' and no '#': name a profile by AWS_PROFILE"):
        ManagedConfig.read(SERVER + end, {})
