"""The pointer is taken by the SDK's own models, which refuse what they do not know."""

from __future__ import annotations

import pytest
from oci.data_science import models
from oci.util import to_dict

from tracklayer.drivers.oci import model_catalog_pointer
from tracklayer.model import ExperimentRef, Run, Source

URL = "oci://aidp/us-ashburn-1/ocid1.aidataplatform.oc1.iad.a/ws#0123"
JOB, NOTEBOOK = "ocid1.datasciencejobrun.oc1.iad.a", "ocid1.datasciencenotebooksession.oc1.iad.b"


def run(**more: object) -> Run:
    return Run(id="0123", experiment=ExperimentRef(id="7"), status="finished", **more)


def test_a_model_points_to_its_run_and_its_code() -> None:
    source = Source(commit="c0ffee", branch="main", remote="https://git.example/x", command="train.py")
    found = model_catalog_pointer(
        run(name="digits", source=source, tags={"oci.job_run_ocid": JOB, "oci.nb_session_ocid": NOTEBOOK}), URL
    )
    metadata = [to_dict(models.Metadata(**one)) for one in found.metadata]
    assert {one["key"]: one["value"] for one in metadata} == {
        "tracklayer.url": URL,
        "tracklayer.run": "0123",
        "tracklayer.experiment": "7",
        "tracklayer.run_name": "digits",
    }
    assert {one["category"] for one in metadata} == {"Training Profile"}
    provenance = models.CreateModelProvenanceDetails(**found.provenance)
    assert {name: text for name, text in to_dict(provenance).items() if text} == {
        "repository_url": "https://git.example/x",
        "git_branch": "main",
        "git_commit": "c0ffee",
        "training_script": "train.py",
        "training_id": JOB,
    }


@pytest.mark.parametrize(("tags", "training"), [({"oci.nb_session_ocid": NOTEBOOK}, NOTEBOOK), ({}, None)])
def test_what_is_not_known_is_not_said(tags: dict[str, str], training: str | None) -> None:
    assert model_catalog_pointer(run(tags=tags), URL).provenance.get("training_id") == training


def test_what_is_too_long_is_left_out_and_never_cut() -> None:
    long = f"oci+https://h/{'x' * 16_000}#0123"
    keys = [one["key"] for one in model_catalog_pointer(run(), long).metadata]
    assert keys == ["tracklayer.run", "tracklayer.experiment"]
