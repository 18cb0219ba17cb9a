"""ARNs of SageMaker, and the texts in which it refuses."""

from __future__ import annotations

from tracklayer.emulators.aws.errors import AwsError, invalid

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def partition_of(region: str) -> str:
    """`aws`, or the partition of China's or the government's regions."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")


def arn(region: str, account: str, kind: str, name: str) -> str:
    """The ARN of a resource. Its name is in lower case there."""
    return f"arn:{partition_of(region)}:sagemaker:{region}:{account}:{kind}/{name.lower()}"


def taken(kind: str, name: str, wording: str) -> AwsError:
    """The name is in use."""
    if wording == "must be unique within an AWS account":
        return invalid(f"{kind} names {wording} and region: {name} is in use.")
    if wording == "Cannot create already existing":
        return invalid(f"{wording} {kind} {name}.")
    return invalid(f"{kind} with name {name} {wording}.")


def missing(kind: str, name: str) -> AwsError:
    """There is no such thing."""
    return AwsError("ResourceNotFound", f"{kind} '{name}' does not exist.")


def over_quota(what: str, unit: str, most: int) -> AwsError:
    """A quota is used up. The text is AWS's own, with its odd numbers.

    https://github.com/aws/sagemaker-python-sdk/issues/3646, https://github.com/aws/amazon-sagemaker-examples/issues/3396
    """
    return AwsError(
        "ResourceLimitExceeded",
        f"The account-level service limit '{what}' is {most} {unit}, with current utilization of 0 {unit} and a "
        f"request delta of {most + 1} {unit}. Please use AWS Service Quotas to request an increase for this quota. "
        "If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.",
    )
