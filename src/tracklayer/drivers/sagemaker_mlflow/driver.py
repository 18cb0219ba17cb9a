"""SageMaker's managed MLflow: the MLflow driver, at AWS's address of one server and with AWS's signature.

Region, service and routing header belong to the instance: servers of several regions live side by side in one process.
"""

from __future__ import annotations

from tracklayer.drivers._stores import S3Files, s3_endpoints
from tracklayer.drivers.aws import CREDENTIALS, Aws, SigV4
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.driver import MlflowDriver
from tracklayer.drivers.mlflow.proxy import ProxyFiles
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.sagemaker_mlflow.config import ManagedConfig
from tracklayer.drivers.sagemaker_mlflow.traits import PROVIDER, SAGEMAKER_MLFLOW
from tracklayer.model import Run
from tracklayer.spi import Driver


class SagemakerMlflowDriver(MlflowDriver):
    """One server, `arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME` or `...:mlflow-app/ID`."""

    traits = SAGEMAKER_MLFLOW
    credentials = CREDENTIALS

    @classmethod
    def open(cls, url: str, /) -> Driver:
        config = ManagedConfig.read(url)
        aws = Aws(config.region, provider=PROVIDER, endpoints=s3_endpoints(), role=config.role)
        rest = Rest(config.base, SigV4(aws, config.service, config.headers), provider=PROVIDER, read=config.patience)
        files = Artifacts(S3Files(aws), ProxyFiles(rest), provider=PROVIDER)
        return cls(config.url, rest, traits=SAGEMAKER_MLFLOW, artifacts=files)

    def console(self, run: Run, /) -> str | None:
        """None: its pages open by an address that AWS signs for five minutes."""
        del run
        return None
