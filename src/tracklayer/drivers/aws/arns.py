"""SageMaker's names of its resources: `arn:PARTITION:sagemaker:REGION:ACCOUNT:KIND/NAME`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracklayer.errors import InvalidInput

#: Partition -> what the names of its hosts end with (botocore/data/partitions.json).
PARTITIONS = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
_SHAPE = re.compile(
    r"arn:(?P<partition>[a-z-]+):sagemaker:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):(?P<kind>[a-z-]+)/(?P<name>.+)"
)


@dataclass(frozen=True)
class Arn:
    """One resource. `kind`: `experiment`, `experiment-trial-component`, `mlflow-tracking-server`, `mlflow-app`..."""

    partition: str
    region: str
    account: str
    kind: str
    name: str

    @classmethod
    def read(cls, text: str) -> Arn:
        """From its text. `InvalidInput`."""
        found = _SHAPE.fullmatch(text)
        if found is None:
            message = (
                f"not the ARN of a SageMaker resource: {text[:200]!r}; it is arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME"
            )
            raise InvalidInput(message)
        if found["partition"] not in PARTITIONS:
            known = ", ".join(PARTITIONS)
            message = f"{text[:200]!r}: {found['partition']!r} is no partition of AWS that is known here ({known})"
            raise InvalidInput(message)
        return cls(**found.groupdict())

    def __str__(self) -> str:
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{self.kind}/{self.name}"
