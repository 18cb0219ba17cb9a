"""Each kind of identity against the emulator, which verifies every signature; and each that is lacking."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from tracklayer.drivers.oracle import Login, Objects, OciUri, Oracle, tokens
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.oci import HOME, OTHER, REGION, OciEmulator
from tracklayer.emulators.proxy import Proxy
from tracklayer.errors import NotFound, Unauthenticated

#: A fingerprint, of no key.
PRINT = ":".join(["aa"] * 16)


def asks(oracle: Oracle, at: OciUri) -> bool:
    """Does the service take its signature? It has nothing there."""
    try:
        return Objects(oracle).list(at).objects == ()
    finally:
        oracle.close()


def refused(login: Login, at: OciUri) -> str:
    begun = time.monotonic()
    with pytest.raises(Unauthenticated) as caught:
        Objects(Oracle(login)).list(at)
    assert time.monotonic() - begun < 20, "it must not wait for anybody"
    text = str(caught.value)
    assert "\n" not in text
    assert not caught.value.retryable
    return text


@pytest.mark.parametrize("kind", ["api_key", "security_token", None])
def test_a_profile_signs_with_its_key_or_its_session(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri, kind: str | None
) -> None:
    emulator.session_token()
    monkeypatch.delenv("OCI_IAM_TYPE")
    if kind is not None:
        monkeypatch.setenv("OCI_IAM_TYPE", kind)
    oracle = Oracle(Login.read(profile="DEFAULT" if kind == "api_key" else "SESSION"))
    assert oracle.identity.region() == REGION
    assert asks(oracle, at)


def test_two_tenancies_live_in_one_process(emulator: OciEmulator, at: OciUri) -> None:
    assert emulator.url
    theirs = OciUri(at.bucket, OTHER.namespace, at.name)
    home, other = Oracle(Login.read()), Oracle(Login.read(profile=OTHER.profile))
    assert asks(home, at)
    assert asks(other, theirs)
    with pytest.raises(NotFound):
        Objects(home).list(theirs)


def test_a_resource_principal_is_taken_where_its_variables_are_there_and_no_file(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri, tmp_path: Path
) -> None:
    for name in ("OCI_CONFIG_FILE", "OCI_CONFIG_LOCATION", "OCI_IAM_TYPE"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in emulator.resource_principal(lifetime=30).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OCI_IAM_TYPE")
    oracle = Oracle(Login.read())
    assert asks(oracle, at)
    assert oracle.identity.region() == REGION
    # its file holds another token by the time the first one ends
    before = Path(os.environ["OCI_RESOURCE_PRINCIPAL_RPST"]).read_text()
    emulator.resource_principal(lifetime=3600)
    assert asks(oracle, at)
    assert Path(os.environ["OCI_RESOURCE_PRINCIPAL_RPST"]).read_text() != before


def test_an_instance_principal_gets_its_session_from_the_auth_service(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri
) -> None:
    for name, value in emulator.instance_principal().items():
        monkeypatch.setenv(name, value)
    with Proxy([emulator]) as proxy:
        for name, value in proxy.environment().items():
            monkeypatch.setenv(name, value)
        assert asks(Oracle(Login.read()), at)
        assert proxy.refused == []
        assert "auth.us-ashburn-1.oraclecloud.com" in proxy.asked


# -- sessions end


def test_a_session_is_renewed_before_it_ends_and_its_file_is_left_alone(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri
) -> None:
    monkeypatch.setenv("OCI_IAM_TYPE", "security_token")
    file = emulator.session_token(lifetime=tokens.EARLY / 2)
    before = file.read_text()
    with Proxy([emulator]) as proxy:
        for name, value in proxy.environment().items():
            monkeypatch.setenv(name, value)
        oracle = Oracle(Login.read(profile="SESSION"))
        assert asks(oracle, at)
        assert asks(oracle, at)
    assert [call.operation for call in emulator.calls.all() if call.service == "auth"] == ["refresh"]
    assert file.read_text() == before


def test_a_session_that_cannot_be_renewed_serves_to_its_end(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri
) -> None:
    monkeypatch.setenv("OCI_IAM_TYPE", "security_token")
    emulator.session_token(lifetime=tokens.EARLY / 2)
    emulator.fault(Fault("auth.refresh", "answer", status=401, code="NotAuthenticated", times=None))
    with Proxy([emulator]) as proxy:
        for name, value in proxy.environment().items():
            monkeypatch.setenv(name, value)
        assert asks(Oracle(Login.read(profile="SESSION")), at)


def test_a_newer_token_in_the_file_is_taken(emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri) -> None:
    monkeypatch.setenv("OCI_IAM_TYPE", "security_token")
    emulator.session_token(lifetime=3600)
    oracle = Oracle(Login.read(profile="SESSION"))
    assert asks(oracle, at)
    emulator.session_token(lifetime=-5)
    assert "ended at" in refused_by(oracle, at)
    emulator.session_token(lifetime=3600)
    assert asks(oracle, at)


def refused_by(oracle: Oracle, at: OciUri) -> str:
    with pytest.raises(Unauthenticated) as caught:
        Objects(oracle).list(at)
    return str(caught.value)


def test_an_identity_that_was_refused_is_looked_up_anew(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri, tmp_path: Path
) -> None:
    """A key that was replaced, in a file of the same name: the next attempt signs with it."""
    config = Path(os.environ["OCI_CONFIG_FILE"])
    (other,) = config.parent.glob("other.pem")
    key = tmp_path / "key.pem"
    shutil.copy(other, key)
    mine = tmp_path / "config"
    mine.write_text(config.read_text().replace(str(config.parent / "default.pem"), str(key)))
    monkeypatch.setenv("OCI_CONFIG_FILE", str(mine))
    oracle = Oracle(Login.read())
    assert "is the profile's key still among the user's API keys" in refused_by(oracle, at)
    shutil.copy(config.parent / "default.pem", key)
    assert asks(oracle, at)
    assert {call.status for call in emulator.calls.all()} == {200, 401}


# -- what is lacking is said at once


def test_without_credentials_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, at: OciUri, tmp_path: Path) -> None:
    for name in ("OCI_CONFIG_FILE", "OCI_CONFIG_LOCATION", "OCI_IAM_TYPE"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert refused(Login.read(), at) == (
        "oci: ListObjects: no credentials of OCI: there is no ~/.oci/config: run `oci setup config` or"
        " `oci session authenticate`, name a file by OCI_CONFIG_FILE, or set OCI_IAM_TYPE=resource_principal or"
        " instance_principal inside OCI"
    )


def test_a_process_without_a_terminal_and_without_credentials_ends_with_that_line(
    emulator: OciEmulator, tmp_path: Path
) -> None:
    code = (
        "import tracklayer as tl\n"
        "try: tl.connect('oci://aidp/us-ashburn-1/ocid1.aidataplatform.oc1.iad.a/w').experiment('x')\n"
        "except tl.errors.Unauthenticated as error: print(error)"
    )
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OCI_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**variables, "HOME": str(tmp_path), "TRACKLAYER_OCI_AIDP_ENDPOINT": emulator.url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.startswith("oci: sign: no credentials of OCI: there is no ~/.oci/config: "), done.stderr
    assert emulator.calls.all() == []


def test_a_machine_that_is_no_instance_of_oci_is_told_so_in_seconds(
    monkeypatch: pytest.MonkeyPatch, at: OciUri
) -> None:
    monkeypatch.setenv("OCI_IAM_TYPE", "instance_principal")
    monkeypatch.setenv("OCI_METADATA_BASE_URL", "http://127.0.0.1:1/opc/v2")
    assert "no metadata service answers at 127.0.0.1:1: is this an instance of OCI?" in refused(Login.read(), at)


def test_a_process_that_is_no_resource_of_oci_is_told_so(monkeypatch: pytest.MonkeyPatch, at: OciUri) -> None:
    monkeypatch.setenv("OCI_IAM_TYPE", "resource_principal")
    assert "no resource principal: OCI_RESOURCE_PRINCIPAL_VERSION is not defined" in refused(Login.read(), at)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("[OTHER]\nuser=x\n", "lacks tenancy, user, fingerprint, key_file"),
        ("no section\n", "cannot be read"),
        ("[DEFAULT]\nuser=x\n", "lacks tenancy, fingerprint, key_file"),
        ("[DEFAULT]\nuser=x\ntenancy=y\nfingerprint=z\nkey_file={key}\n", "is wrong in "),
        (
            f"[DEFAULT]\nuser={HOME.user}\ntenancy={HOME.ocid}\nfingerprint={PRINT}\nkey_file={{key}}\n",
            "Its passphrase belongs there as pass_phrase",
        ),
        ("[DEFAULT]\nkey_file=/no/such\n", "must be a valid file path"),
        ("[DEFAULT]\nkey_file={key}\nsecurity_token_file=/no/such\n", "pass"),
    ],
    ids=["profile", "syntax", "fields", "shapes", "passphrase", "key", "token"],
)
def test_a_file_that_is_wrong_is_said_with_the_profile(
    monkeypatch: pytest.MonkeyPatch, at: OciUri, tmp_path: Path, config: str, says: str
) -> None:
    key = tmp_path / "key.pem"
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hidden")
    )
    key.write_bytes(pem)
    file = tmp_path / "config"
    file.write_text(config.format(key=key))
    monkeypatch.setenv("OCI_CONFIG_FILE", str(file))
    monkeypatch.delenv("OCI_IAM_TYPE")
    text = refused(Login.read(), at)
    assert says in text
    assert "hidden" not in text


def test_a_session_without_a_token_is_told_how_to_get_one(
    emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, at: OciUri
) -> None:
    assert emulator.url
    monkeypatch.setenv("OCI_IAM_TYPE", "security_token")
    assert "has no session token: run `oci session authenticate`" in refused(Login.read(), at)
