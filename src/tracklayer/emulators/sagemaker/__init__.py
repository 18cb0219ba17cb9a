"""Amazon SageMaker: Experiments under AWS's own rules, S3, STS and jobs by moto, managed MLflow."""

from tracklayer.emulators.sagemaker.knobs import Knobs
from tracklayer.emulators.sagemaker.server import SagemakerEmulator

__all__ = ["Knobs", "SagemakerEmulator"]
