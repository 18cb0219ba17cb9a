from __future__ import annotations

import pytest

from tracklayer.drivers._stores import OciFiles

ROOT = "oci://bucket@namespace/prefix"


def test_every_root_in_object_storage_is_served_and_no_other() -> None:
    files = OciFiles()
    assert [files.why_not(root) for root in (ROOT, "s3://bucket/x", "mlflow-artifacts:/x")] == [None, "", ""]
    files.close()


def test_without_the_sdk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracklayer.drivers.oracle.session.find_spec", lambda _: None)
    why = OciFiles().why_not(ROOT)
    assert why == "its files lie in OCI's Object Storage, which needs oci: pip install 'tracklayer[oci]'"


def test_a_wrong_kind_of_identity_does_not_keep_other_servers_from_being_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OCI_IAM_TYPE", "nonsense")
    assert OciFiles().why_not("s3://bucket/x") == ""
