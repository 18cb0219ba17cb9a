"""Session tokens: what stands behind `ST$` in a key id. A JWT that names its owner, and the key that signs for it."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from tracklayer.emulators.oci.errors import OciError
from tracklayer.emulators.oci.keys import Key, jwk, public_of
from tracklayer.emulators.oci.names import Tenancy
from tracklayer.emulators.oci.signatures import refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

PREFIX = "ST$"
ISSUER = "authService.oracle.com"
#: Seconds that a session is good for where nobody says otherwise.
#: https://docs.oracle.com/iaas/Content/API/SDKDocs/clitoken.htm ("valid for one hour")
LIFETIME = 3600.0


class Tokens:
    """Makes tokens and checks them. The key they are signed with is made with the first."""

    def __init__(self) -> None:
        self._issuer: Key | None = None

    def issue(self, tenancy: Tenancy, public: RSAPublicKey, now: float, lifetime: float = LIFETIME) -> str:
        """A token of a tenancy's user or resource, good from now on for so many seconds."""
        import jwt  # noqa: PLC0415 -- not needed to import emulators

        if self._issuer is None:
            self._issuer = Key.new()
        claims = {
            "iss": ISSUER,
            "sub": tenancy.user,
            "iat": int(now),
            "exp": int(now + lifetime),
            "jti": secrets.token_hex(16),
            "ptype": "resource",
            "ttype": "res_sp",
            "tenant": tenancy.ocid,
            "opc-tenant": tenancy.ocid,
            "res_tenant": tenancy.ocid,
            "res_compartment": tenancy.compartment,
            "jwk": json.dumps(jwk(public)),
        }
        return jwt.encode(claims, self._issuer.private, algorithm="RS256", headers={"kid": "asw"})

    def read(self, token: str, now: float) -> tuple[str, RSAPublicKey]:
        """(OCID of the tenancy, public key) of a token that is good now. Raises 401."""
        import jwt  # noqa: PLC0415 -- likewise

        try:
            if self._issuer is None:
                raise _unknown()
            claims: dict[str, Any] = jwt.decode(
                token,
                self._issuer.public,
                algorithms=["RS256"],
                issuer=ISSUER,
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
            public = public_of(json.loads(claims["jwk"]))
        except (jwt.PyJWTError, KeyError, ValueError):
            raise _unknown() from None
        if now > claims["exp"]:
            raise refused("The security token has expired.")
        return str(claims["tenant"]), public


def _unknown() -> OciError:
    return refused("The required information to complete authentication was not provided or was incorrect.")
