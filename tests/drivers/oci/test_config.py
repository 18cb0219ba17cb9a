from __future__ import annotations

import pytest

from tracklayer.drivers.oci.config import ENDPOINT, OciConfig
from tracklayer.errors import InvalidInput
from tracklayer.spi import scheme_of

PLATFORM = "ocid1.aidataplatform.oc1.iad.amaaaaaaexample"
PLACE = f"oci://aidp/us-ashburn-1/{PLATFORM}/ws-key"
WHOLE = f"/20260430/aiDataPlatforms/{PLATFORM}/workspaces/ws-key/mlops"


def test_a_workspace_of_ai_data_platform_has_its_address_and_region() -> None:
    config = OciConfig.read(PLACE, {})
    assert (config.url, config.base) == (PLACE, f"https://aidp.us-ashburn-1.oci.oraclecloud.com{WHOLE}")
    assert (config.platform, config.login.region, config.patience) == (True, "us-ashburn-1", 120.0)


@pytest.mark.parametrize("url", [PLACE + "/", PLACE.replace("oci://aidp", "OCI://AIDP")])
def test_a_place_has_one_spelling(url: str) -> None:
    assert OciConfig.read(url, {}).url == PLACE


@pytest.mark.parametrize("host", ["aidp", "datalake"])
@pytest.mark.parametrize("before", ["", "/api"])
def test_its_whole_address_is_the_same_place(host: str, before: str) -> None:
    url = f"oci+https://{host}.us-ashburn-1.oci.oraclecloud.com{before}{WHOLE}/"
    config = OciConfig.read(url, {})
    assert (config.url, config.platform, config.login.region) == (PLACE, True, "us-ashburn-1")
    assert config.base == f"https://{host}.us-ashburn-1.oci.oraclecloud.com{before}{WHOLE}"


def test_a_workspace_behind_another_host_is_one_too() -> None:
    config = OciConfig.read(f"oci+https://private.example:8443{WHOLE}", {})
    assert (config.url, config.platform) == (f"oci+https://private.example:8443{WHOLE}", True)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("oci+https://mlflow.example.com", "https://mlflow.example.com"),
        ("oci+https://MLFLOW.example.com:8443/team/x/", "https://mlflow.example.com:8443/team/x"),
        ("oci+http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("oci+http://[::1]:5000/x", "http://[::1]:5000/x"),
    ],
)
def test_a_server_of_ones_own_is_named_by_its_address(url: str, base: str) -> None:
    config = OciConfig.read(url, {})
    assert (config.url, config.base, config.platform, config.login.region) == (f"oci+{base}", base, False, "")


def test_profile_and_region_stand_in_the_url() -> None:
    config = OciConfig.read("oci+https://h?profile=a%20b&region=eu-frankfurt-1", {"OCI_CONFIG_PROFILE": "c"})
    assert (config.login.profile, config.login.region) == ("a b", "eu-frankfurt-1")
    assert config.url == "oci+https://h?profile=a%20b&region=eu-frankfurt-1"
    assert OciConfig.read(config.url, {}).url == config.url


def test_an_address_of_the_environment_is_used() -> None:
    assert OciConfig.read(PLACE, {ENDPOINT: "http://127.0.0.1:1/"}).base == f"http://127.0.0.1:1{WHOLE}"


@pytest.mark.parametrize(
    "address", ["127.0.0.1:5000", "ftp://x", "http://", "http://x?y", "http://a:b@x", "http://x:y"]
)
def test_an_address_that_is_none_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^{ENDPOINT} is not the address of a server: write https://"):
        OciConfig.read(PLACE, {ENDPOINT: address})


@pytest.mark.parametrize(
    "url",
    [
        "oci://aidp/us-ashburn-1/x",
        "oci://aidp/us-ashburn-1/x/y/z",
        "oci://aidp/us_ashburn/x/y",
        "oci://aidp/us-ashburn-1.evil.example/x/y",
        "oci://aidp/us-ashburn-1/x/..",
        "oci://other/us-ashburn-1/x/y",
        "oci+https://",
        "oci+https://h:x",
        "oci+https://h#run",
        "oci+https:h",
        "oci:",
    ],
)
def test_what_is_no_place_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^not a server behind OCI's signature: ") as caught:
        OciConfig.read(url, {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("query", ["?x=1", "?profile=", "?profile=a&profile=b", "?profile", "?region=eu-frankfurt-1"])
def test_an_option_that_is_none_is_refused(query: str) -> None:
    with pytest.raises(InvalidInput, match=r"option.*; there may be profile=\.\.$"):
        OciConfig.read(PLACE + query, {})


def test_they_are_tracklayer_urls() -> None:
    assert [scheme_of(url) for url in (PLACE, "oci+https://h", "OCI+HTTP://h")] == ["oci", "oci+https", "oci+http"]
