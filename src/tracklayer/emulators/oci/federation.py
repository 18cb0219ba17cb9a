"""How a machine gets a session: its certificate from the metadata service, a token for it from the auth service.

* Instance principals: https://docs.oracle.com/iaas/Content/Identity/Tasks/callingservicesfrominstances.htm.
* Sessions that are refreshed: `oci session refresh`, as the command line does it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from tracklayer.emulators.oci.account import Account
from tracklayer.emulators.oci.errors import OciError, answered, invalid, no_operation
from tracklayer.emulators.oci.keys import Key
from tracklayer.emulators.oci.names import HOME, REGION
from tracklayer.emulators.oci.signatures import claimed, refused, verify
from tracklayer.emulators.oci.tokens import PREFIX
from tracklayer.emulators.serving import Request, Response

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

#: The auth service of a region, and the metadata service that every machine finds at this address.
HOSTS = ("auth.*.oraclecloud.com", "169.254.169.254")
METADATA = "/opc/v2"
_OPERATIONS = {
    "/v1/x509": "x509",
    "/v1/authentication/refresh": "refresh",
    f"{METADATA}/instance/region": "region",
    f"{METADATA}/instance/regionInfo": "regionInfo",
    f"{METADATA}/identity/cert.pem": "certificate",
    f"{METADATA}/identity/key.pem": "key",
    f"{METADATA}/identity/intermediate.pem": "intermediate",
}


class Federation:
    """A machine of the first tenancy. Its key and certificate are made when they are first asked for."""

    def __init__(self) -> None:
        self._key: Key | None = None
        self._certificate = b""
        self._fingerprint = ""

    @staticmethod
    def takes(request: Request) -> bool:
        """Whether a request is for the auth service or the metadata service."""
        return request.path in _OPERATIONS or request.host == HOSTS[1] or request.host.startswith("auth.")

    @staticmethod
    def named(request: Request) -> tuple[str, str]:
        """(service, operation)."""
        operation = _OPERATIONS.get(request.path, "unknown")
        return "auth" if operation in {"x509", "refresh"} else "metadata", operation

    def respond(self, request: Request, operation: str, account: Account, now: float) -> Response:
        """The answer. Raises `OciError`."""
        if operation == "x509":
            return self._session(request, account, now)
        if operation == "refresh":
            return self._refreshed(request, account, now)
        if request.headers.get("authorization") != "Bearer Oracle":
            raise OciError(403, "NotAuthorized", "The header 'Authorization: Bearer Oracle' is missing")
        told = {
            "realmDomainComponent": "oraclecloud.com",
            "realmKey": "oc1",
            "regionIdentifier": REGION,
            "regionKey": "iad",
        }
        if operation == "regionInfo":
            return answered(told)
        self._made(now)
        assert self._key is not None  # noqa: S101 -- just made
        texts = {
            "region": b"iad",
            "certificate": self._certificate,
            "intermediate": self._certificate,
            "key": self._key.pem,
        }
        if operation not in texts:
            raise no_operation()
        return Response(200, texts[operation], {"Content-Type": "text/plain"})

    def _session(self, request: Request, account: Account, now: float) -> Response:
        """A token for the public key that the machine sends, signed for by the key of its certificate."""
        self._made(now)

        def key_of(key_id: str) -> RSAPublicKey:
            assert self._key is not None  # noqa: S101 -- just made
            if key_id != f"{HOME.ocid}/fed-x509/{self._fingerprint}":
                raise refused("The certificate is not known")
            return self._key.public

        verify(request, key_of, now, host=False)
        return answered({"token": account.tokens.issue(HOME, _public(_read(request)), now)})

    @staticmethod
    def _refreshed(request: Request, account: Account, now: float) -> Response:
        """A newer token for the key of one that is still good."""
        tenancy = account.admit(request, now)
        token = claimed(request).key_id.removeprefix(PREFIX)
        if _read(request).get("currentToken") != token:
            raise refused("The token is not that of the signature")
        _, public = account.tokens.read(token, now)
        return answered({"token": account.tokens.issue(tenancy, public, now)})

    def _made(self, now: float) -> None:
        if self._key is not None:
            return
        from cryptography import x509  # noqa: PLC0415 -- not needed to import emulators
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 -- likewise

        key = Key.new()
        name = x509.Name(
            [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, f"opc-tenant:{HOME.ocid}", _validate=False)]
        )
        begun = datetime.fromtimestamp(now, timezone.utc) - timedelta(hours=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begun)
            .not_valid_after(begun + timedelta(days=1))
            .sign(key.private, hashes.SHA256())
        )
        self._certificate = made.public_bytes(serialization.Encoding.PEM)
        self._fingerprint = made.fingerprint(hashes.SHA1()).hex(":").upper()  # noqa: S303 -- as the service names it
        self._key = key


def _read(request: Request) -> Mapping[str, Any]:
    try:
        given = json.loads(request.body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise invalid("Incorrectly formatted request", "CannotParseRequest")
    return given


def _public(given: Mapping[str, Any]) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey as Rsa  # noqa: PLC0415 -- likewise
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 -- likewise

    try:
        public = load_der_public_key(base64.b64decode(str(given["publicKey"])))
    except (KeyError, ValueError):
        public = None
    if not isinstance(public, Rsa):
        raise invalid("publicKey is no RSA key")
    return public
