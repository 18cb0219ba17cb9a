from __future__ import annotations

import pytest

import tracklayer as tl
from tracklayer.api.capture import job_tags

JOB = "ocid1.datasciencejobrun.oc1.iad.amaaaaaa"


def test_a_job_of_oci_is_told_by_its_variables() -> None:
    assert job_tags({"JOB_RUN_OCID": JOB, "PROJECT_OCID": "ocid1.datascienceproject.oc1.iad.b", "HOME": "/x"}) == {
        "oci.job_run_ocid": JOB,
        "oci.project_ocid": "ocid1.datascienceproject.oc1.iad.b",
    }


def test_a_job_of_azure_ml_is_told_by_its_variables() -> None:
    variables = {"AZUREML_RUN_ID": "calm_lamp_1", "AZUREML_ARM_WORKSPACE_NAME": "main", "AZUREML_RUN_TOKEN": "secret"}
    assert job_tags(variables) == {"azure.azureml_run_id": "calm_lamp_1", "azure.azureml_arm_workspace_name": "main"}


@pytest.mark.parametrize("value", ["", "42", "ocid1.", "ocid1.a b", "ocid1.a\nb"])
def test_a_variable_that_holds_something_else_is_left_alone(value: str) -> None:
    assert job_tags({"PROJECT_OCID": value}) == {}


def test_a_run_of_a_job_says_so_and_what_its_author_says_is_stronger(
    client: tl.Client, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB_RUN_OCID", JOB)
    monkeypatch.setenv("TENANCY_OCID", "ocid1.tenancy.oc1..a")
    options = tl.Options(capture=True, system_metrics=0)
    with tl.start_run("e", to=place, tags={"oci.tenancy_ocid": "mine"}, options=options) as run:
        pass
    tags = client.run(run.id).tags
    assert (tags["oci.job_run_ocid"], tags["oci.tenancy_ocid"]) == (JOB, "mine")


def test_a_run_that_captures_nothing_says_nothing_of_its_job(
    client: tl.Client, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB_RUN_OCID", JOB)
    with tl.start_run("e", to=place, options=tl.Options(capture=False)) as run:
        pass
    assert dict(client.run(run.id).tags) == {}
