"""OCI: the emulator's AI Data Platform, a real MLflow server behind OCI's signatures, with files in Object Storage."""

from __future__ import annotations

from contract_tests.targets.mlflow import MlflowTarget
from contract_tests.targets.staged import StagedTarget


class OciTarget(StagedTarget):
    """`oci://aidp/us-ashburn-1/PLATFORM-OCID/default`."""

    effort = (15, 15)
    beyond = MlflowTarget.beyond


#: Without the proxy, which takes as long again: the real host names are tried in `tests/drivers/oci`.
TARGET = OciTarget("oci", "oci", direct=True)
