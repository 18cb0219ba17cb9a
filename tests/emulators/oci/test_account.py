"""The users, their file, and the ways to get a session."""

from __future__ import annotations

import os
import stat
import time
from copy import copy
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.emulators.oci.asking import SDK, Cloud, prefix

from tracklayer.emulators.oci import HOME, OTHER, REGION, OciEmulator
from tracklayer.emulators.oci.errors import OciError
from tracklayer.emulators.oci.tokens import Tokens

EXPERIMENTS = prefix() + "experiments/search"


def test_the_file_is_its_owners_only_and_goes_with_the_emulator() -> None:
    with OciEmulator() as emulator:
        file = Path(emulator.environment()["OCI_CONFIG_FILE"])
        modes = {stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()}
        assert (modes, stat.S_IMODE(file.parent.stat().st_mode)) == ({0o600}, 0o700)
        first = file.read_text("utf-8")
    assert not file.parent.exists()
    with OciEmulator() as emulator:
        assert Path(emulator.environment()["OCI_CONFIG_FILE"]).read_text("utf-8") != first, "keys are made anew"


def test_the_sdk_takes_each_section(cloud: Cloud) -> None:
    for profile, tenancy in (("DEFAULT", HOME), ("OTHER", OTHER), ("SESSION", HOME)):
        config = cloud.config(profile)
        SDK.config.validate_config(config)
        assert (config["tenancy"], config["region"]) == (tenancy.ocid, REGION)
        assert cloud.storage(profile).get_namespace().data == tenancy.namespace


def test_a_session_ends(cloud: Cloud) -> None:
    assert cloud.ask("POST", EXPERIMENTS, json={}, profile="SESSION").status_code == 200
    cloud.emulator.session_token(lifetime=-1)
    assert cloud.refusal("POST", EXPERIMENTS, json={}, profile="SESSION") == (
        401,
        "NotAuthenticated",
        "The security token has expired.",
    )
    cloud.emulator.session_token()
    assert cloud.ask("POST", EXPERIMENTS, json={}, profile="SESSION").status_code == 200
    cloud.emulator.tune(skew=7200)
    late = cloud.refusal("POST", EXPERIMENTS, json={}, profile="SESSION", date=time.time() + 7200)
    assert late[2] == "The security token has expired."


def test_a_token_that_somebody_else_made_is_refused(cloud: Cloud) -> None:
    path = Path(cloud.config("SESSION")["security_token_file"])
    good = path.read_text("utf-8")
    claims = jwt.decode(good, options={"verify_signature": False})
    forged = jwt.encode({**claims, "tenant": OTHER.ocid}, Path(cloud.config()["key_file"]).read_text("utf-8"), "RS256")
    key = SDK.signer.load_private_key_from_file(cloud.config("SESSION")["key_file"])
    for token in (forged, "x.y.z", good[:-4] + "AAAA"):
        signer = SDK.auth.signers.SecurityTokenSigner(token, key)
        assert cloud.refusal("POST", EXPERIMENTS, json={}, sign=signer)[:2] == (401, "NotAuthenticated")


def test_a_token_is_good_with_its_own_key_only(cloud: Cloud) -> None:
    token = Path(cloud.config("SESSION")["security_token_file"]).read_text("utf-8")
    key = SDK.signer.load_private_key_from_file(cloud.config()["key_file"])
    signer = SDK.auth.signers.SecurityTokenSigner(token, key)
    assert cloud.refusal("POST", EXPERIMENTS, json={}, sign=signer)[2] == "Failed to verify the HTTP(S) Signature"


@pytest.mark.parametrize("tenancy", [HOME, OTHER], ids=["home", "other"])
def test_a_resource_principal_is_of_its_tenancy(cloud: Cloud, tenancy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.emulator.resource_principal(tenancy).items():
        monkeypatch.setenv(name, value)
    signer = SDK.auth.signers.get_resource_principals_signer()
    assert (signer.tenancy_id, signer.region) == (tenancy.ocid, REGION)
    assert cloud.storage(signer=signer).get_namespace().data == tenancy.namespace


def test_a_resource_principal_reads_its_token_anew(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.emulator.resource_principal(lifetime=30).items():
        monkeypatch.setenv(name, value)
    signer = SDK.auth.signers.get_resource_principals_signer()
    first = signer.get_security_token()
    cloud.emulator.resource_principal()
    assert signer.get_security_token() != first
    assert cloud.storage(signer=signer).get_namespace().data == HOME.namespace


def test_a_machine_gets_a_session_for_its_certificate(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.emulator.instance_principal().items():
        monkeypatch.setenv(name, value)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    signer = SDK.auth.signers.InstancePrincipalsSecurityTokenSigner(federation_endpoint=f"{cloud.emulator.url}/v1/x509")
    assert (signer.tenancy_id, signer.region) == (HOME.ocid, REGION)
    assert cloud.storage(signer=signer).get_namespace().data == HOME.namespace
    first = signer.api_key
    signer.refresh_security_token()
    assert cloud.storage(signer=signer).get_namespace().data == HOME.namespace
    assert signer.api_key != first
    assert cloud.emulator.calls.count("x509") == 2


def test_the_metadata_service_wants_its_header(cloud: Cloud) -> None:
    for path, status in (("/opc/v2/instance/region", 403), ("/opc/v2/identity/key.pem", 403)):
        assert cloud.session.get(cloud.emulator.url + path, timeout=30).status_code == status
    headers = {"Authorization": "Bearer Oracle"}
    told = cloud.session.get(f"{cloud.emulator.url}/opc/v2/instance/regionInfo", headers=headers, timeout=30).json()
    assert told["regionIdentifier"] == REGION


def test_a_session_is_refreshed_while_it_is_good(cloud: Cloud) -> None:
    token = Path(cloud.config("SESSION")["security_token_file"]).read_text("utf-8")
    path, body = "/v1/authentication/refresh", {"currentToken": token}
    newer = cloud.ask("POST", path, json=body, profile="SESSION").json()["token"]
    assert newer != token
    key = SDK.signer.load_private_key_from_file(cloud.config("SESSION")["key_file"])
    signer = SDK.auth.signers.SecurityTokenSigner(newer, key)
    assert cloud.storage(signer=signer).get_namespace().data == HOME.namespace
    assert cloud.refusal("POST", path, json={"currentToken": newer}, profile="SESSION")[0] == 401
    assert cloud.refusal("POST", path, json=body)[0] == 401


def machine(cloud: Cloud, fingerprint: str = "") -> Any:
    """What signs with the key of the machine's certificate, without a host, as the SDK does."""
    headers = {"Authorization": "Bearer Oracle"}
    told = {
        name: cloud.session.get(f"{cloud.emulator.url}/opc/v2/identity/{name}.pem", headers=headers, timeout=30).content
        for name in ("cert", "key")
    }
    digest = x509.load_pem_x509_certificate(told["cert"]).fingerprint(hashes.SHA1()).hex(":").upper()  # noqa: S303 -- as the service names it
    signer = cloud.signer()
    made = copy(signer)
    names = ["content-length", "content-type", "x-content-sha256"]
    key = SDK.signer.load_private_key(told["key"], None)
    made.create_signers(f"{HOME.ocid}/fed-x509/{fingerprint or digest}", key, ["date", "(request-target)"], names)
    return made


def test_only_the_machines_certificate_gets_a_session(cloud: Cloud) -> None:
    path = "/v1/x509"
    assert cloud.refusal("POST", path, json={"publicKey": "AAAA"}, sign=machine(cloud))[:2] == (400, "InvalidParameter")
    assert cloud.refusal("POST", path, json={}, sign=machine(cloud))[:2] == (400, "InvalidParameter")
    assert cloud.refusal("POST", path, json=[], sign=machine(cloud))[:2] == (400, "CannotParseRequest")
    assert cloud.refusal("POST", path, data=b"{", sign=machine(cloud))[:2] == (400, "CannotParseRequest")
    assert cloud.refusal("POST", path, json={}, sign=machine(cloud, "AA:BB"))[0] == 401
    assert cloud.refusal("POST", path, json={})[0] == 401
    headers = {"Authorization": "Bearer Oracle"}
    elsewhere = cloud.session.get(
        f"{cloud.emulator.url}/opc/v2/else", headers={**headers, "Host": "169.254.169.254"}, timeout=30
    )
    assert elsewhere.status_code == 404


def test_no_token_is_known_before_the_first() -> None:
    with pytest.raises(OciError, match="NotAuthenticated"):
        Tokens().read("a.b.c", 0.0)
