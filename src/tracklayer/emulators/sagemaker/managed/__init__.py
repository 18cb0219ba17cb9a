"""SageMaker's managed MLflow: its control plane, and real MLflow servers behind its data plane."""

from tracklayer.emulators.sagemaker.managed.part import ManagedMlflow

__all__ = ["ManagedMlflow"]
