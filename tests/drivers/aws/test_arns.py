from __future__ import annotations

import pytest

from tracklayer.drivers.aws import Arn
from tracklayer.errors import InvalidInput

EXPERIMENT = "arn:aws:sagemaker:eu-west-1:123456789012:experiment/my-experiment"


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        (EXPERIMENT, Arn("aws", "eu-west-1", "123456789012", "experiment", "my-experiment")),
        (
            "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:mlflow-tracking-server/a",
            Arn("aws-us-gov", "us-gov-west-1", "123456789012", "mlflow-tracking-server", "a"),
        ),
        (
            "arn:aws-cn:sagemaker:cn-north-1:000000000001:mlflow-app/app-1",
            Arn("aws-cn", "cn-north-1", "000000000001", "mlflow-app", "app-1"),
        ),
    ],
)
def test_an_arn_is_read_and_written(text: str, arn: Arn) -> None:
    assert Arn.read(text) == arn
    assert str(arn) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn:aws:s3:::bucket",
        "arn:aws:sagemaker:eu-west-1:123:experiment/x",
        "arn:aws:sagemaker::123456789012:experiment/x",
        "arn:aws:sagemaker:eu-west-1:123456789012:experiment",
        "arn:aws:sagemaker:eu-west-1:123456789012:experiment/",
        f" {EXPERIMENT}",
    ],
)
def test_what_is_none_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^not the ARN of a SageMaker resource: .*arn:aws:sagemaker:REGION"):
        Arn.read(text)


def test_an_unknown_partition_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"'aws-mars' is no partition of AWS that is known here \(aws, "):
        Arn.read(EXPERIMENT.replace(":aws:", ":aws-mars:"))
