"""The job of a cloud that a run is made in, as tags: whoever reads the run finds the job, wherever the run lies.

Not a driver's business: a run of an OCI job may be logged to SageMaker, and a migration that runs in a job must not tag
the runs it copies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Variable -> the tag, and what its value must look like: names such as PROJECT_OCID may stand for something else.
JOBS: Mapping[str, tuple[str, str]] = {
    # OCI Data Science: job runs, pipelines and notebooks. The names are of oracle-ads 2.16.1 (ads/config.py).
    **{
        name: (f"oci.{name.lower()}", r"ocid1\.[!-~]+")
        for name in (
            "JOB_RUN_OCID",
            "JOB_RUN_COMPARTMENT_OCID",
            "NB_SESSION_OCID",
            "NB_SESSION_COMPARTMENT_OCID",
            "PIPELINE_RUN_OCID",
            "PIPELINE_RUN_COMPARTMENT_OCID",
            "PROJECT_OCID",
            "TENANCY_OCID",
        )
    },
    # Jobs of Azure ML: https://learn.microsoft.com/azure/machine-learning/how-to-use-mlflow-configure-tracking
    **{
        name: (f"azure.{name.lower()}", r"[!-~]+")
        for name in (
            "AZUREML_RUN_ID",
            "AZUREML_ARM_SUBSCRIPTION",
            "AZUREML_ARM_RESOURCEGROUP",
            "AZUREML_ARM_WORKSPACE_NAME",
        )
    },
}
#: Characters of a value that are kept.
LONGEST = 250


def job_tags(environ: Mapping[str, str]) -> dict[str, str]:
    """The tags of a run that is made in such an environment; none outside a job."""
    return {
        tag: environ[name][:LONGEST]
        for name, (tag, pattern) in JOBS.items()
        if re.fullmatch(pattern, environ.get(name, ""))
    }
