from __future__ import annotations

import pytest

from tracklayer.drivers.oracle import Login
from tracklayer.errors import InvalidInput


def test_nothing_said_is_the_sdks_own_profile() -> None:
    login = Login.read({})
    assert (login.kind, login.file, login.named, login.profile) == (None, "~/.oci/config", False, "DEFAULT")
    assert (login.region, login.storage, login.principal) == ("", None, False)
    assert login.path.is_absolute()


def test_the_environment_says_who_by_the_names_of_oracles_own_tools() -> None:
    login = Login.read(
        {
            "OCI_IAM_TYPE": "security_token",
            "OCI_CONFIG_FILE": "/a",
            "OCI_CONFIG_LOCATION": "/b",
            "OCI_CONFIG_PROFILE": "WORK",
            "OCI_RESOURCE_REGION": "eu-frankfurt-1",
            "OCI_RESOURCE_PRINCIPAL_VERSION": "2.2",
        }
    )
    assert (login.kind, login.file, login.named, login.profile) == ("security_token", "/a", True, "WORK")
    assert (login.region, login.principal) == ("eu-frankfurt-1", True)
    assert Login.read({"OCI_CONFIG_LOCATION": "/b"}).file == "/b"


def test_what_the_url_says_is_stronger() -> None:
    environment = {"OCI_CONFIG_PROFILE": "WORK", "OCI_RESOURCE_REGION": "eu-frankfurt-1"}
    login = Login.read(environment, profile="HOME", region="us-ashburn-1")
    assert (login.profile, login.region) == ("HOME", "us-ashburn-1")


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="OCI_IAM_TYPE='root' is no kind of identity: set it to one of api_key, "):
        Login.read({"OCI_IAM_TYPE": "root"})
