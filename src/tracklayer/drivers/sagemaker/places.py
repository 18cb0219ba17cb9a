"""Where in S3 the files of runs and experiments lie."""

from __future__ import annotations

import threading

from tracklayer.drivers.aws import Aws, Objects, S3Uri
from tracklayer.drivers.sagemaker.config import SagemakerConfig

#: The official SDK's folder for the files of trial components (`TRIAL_COMPONENT_ARTIFACTS`).
RUNS = "trial-component-artifacts"
#: Ours for what is kept beside experiments, which the official SDK has nothing of.
EXPERIMENTS = "tracklayer/experiments"
#: Where sidecars are, below the folder of their owner.
SIDECARS = ".tracklayer"


class Places:
    """The bucket and its folders."""

    def __init__(self, config: SagemakerConfig, aws: Aws, objects: Objects) -> None:
        self._config = config
        self._aws = aws
        self._objects = objects
        self._lock = threading.Lock()
        self._ready: set[str] = set()

    @property
    def bucket(self) -> str:
        """The URL's, or the official SDK's default one."""
        return self._config.bucket or f"sagemaker-{self._config.region}-{self._aws.account()}"

    def run(self, component: str) -> S3Uri:
        """The folder of a run that has none yet."""
        return S3Uri(self.bucket, self._config.prefix).below(RUNS, component)

    def experiment(self, name: str) -> S3Uri:
        """The folder of what is kept beside an experiment."""
        return S3Uri(self.bucket, self._config.prefix).below(EXPERIMENTS, name.lower())

    def prepare(self, bucket: str) -> None:
        """Before the first file: make the default bucket where it is missing. One that was named must be there."""
        if self._config.bucket is not None or bucket in self._ready:
            return
        with self._lock:
            if bucket not in self._ready and bucket == self.bucket:
                self._objects.ensure_bucket(bucket)
            self._ready.add(bucket)
