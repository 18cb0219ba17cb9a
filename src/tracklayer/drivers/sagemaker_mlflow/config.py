"""Which managed MLflow server, at what address, and how a request to it is signed: from its ARN and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tracklayer.drivers.aws import Arn
from tracklayer.drivers.mlflow.config import PATIENCE, address, seconds
from tracklayer.errors import InvalidInput
from tracklayer.model import Model

#: The official plugin's own name for another address of every server, a VPC's or a test's.
ENDPOINT = "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"
#: Likewise, for the role that requests to a server are signed as; files in S3 are not.
ROLE = "SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
SHAPE = "arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME or arn:aws:sagemaker:REGION:ACCOUNT:mlflow-app/ID"
_ID = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")


@dataclass(frozen=True)
class Kind:
    """One kind of server. `host` with a place for its region; the service that signatures name; the routing header."""

    host: str
    service: str
    header: str


#: Of the official plugin, 0.5.0: mlflow_sagemaker_helpers.py, auth_provider.py, and its request header provider.
#: It gives GovCloud the same hosts, and refuses China; that China has them too is not verified.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "mlflow-tracking-server": Kind(
            "{region}.experiments.sagemaker.aws", "sagemaker-mlflow", "x-mlflow-sm-tracking-server-arn"
        ),
        "mlflow-app": Kind("mlflow.sagemaker.{region}.app.aws", "sagemaker", "x-sm-mlflow-app-arn"),
    }
)


class ManagedConfig(Model):
    """One server.

    * `url`: its ARN, which is also its place. * `base`: its address. * `region`, `service`, `headers`: for signatures.
    * `role`: the ARN of the role that signs, if not the credentials themselves.
    * `patience`: seconds to wait for an answer, as with any MLflow server.
    """

    url: str
    base: str
    region: str
    service: str
    headers: Mapping[str, str]
    role: str | None
    patience: float

    @classmethod
    def read(cls, url: str, environment: Mapping[str, str] | None = None) -> ManagedConfig:
        """From an ARN and the environment as it is now. `InvalidInput`."""
        found = os.environ if environment is None else environment
        if "?" in url or "#" in url:
            message = f"{url.partition('?')[0]!r}: an ARN takes no '?' and no '#': name a profile by AWS_PROFILE"
            raise InvalidInput(message)
        arn = _arn(url)
        kind = KINDS[arn.kind]
        return cls(
            url=str(arn),
            base=address(ENDPOINT, found.get(ENDPOINT)) or f"https://{kind.host.format(region=arn.region)}",
            region=arn.region,
            service=kind.service,
            headers={kind.header: str(arn)},
            role=_role(found.get(ROLE)),
            patience=seconds(found.get(PATIENCE)),
        )


def _arn(url: str) -> Arn:
    scheme, colon, rest = url.partition(":")  # schemes are read in any case
    try:
        arn = Arn.read(f"{scheme.lower()}{colon}{rest}")
    except InvalidInput as error:
        message = f"{error}; a managed MLflow server is {SHAPE}"
        raise InvalidInput(message) from None
    if arn.kind not in KINDS or _ID.fullmatch(arn.name) is None:
        message = f"not the ARN of a managed MLflow server: {url[:200]!r}; write {SHAPE}"
        raise InvalidInput(message)
    return arn


def _role(arn: str | None) -> str | None:
    if arn and _ROLE.fullmatch(arn) is None:
        message = f"{ROLE}={arn[:200]!r} is not the ARN of a role: write arn:aws:iam::ACCOUNT:role/NAME"
        raise InvalidInput(message)
    return arn or None
