"""Who is known here: a user of each tenancy with an API key, their configuration file, and sessions.

* All of it opens nothing anywhere else, lies in a folder that only its owner may enter, and goes when the emulator
  stops. https://docs.oracle.com/iaas/Content/API/Concepts/sdkconfig.htm
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tracklayer.emulators.oci.keys import Key
from tracklayer.emulators.oci.names import HOME, REGION, TENANCIES, Tenancy
from tracklayer.emulators.oci.signatures import refused, verify
from tracklayer.emulators.oci.tokens import LIFETIME, PREFIX, Tokens
from tracklayer.emulators.serving import Request

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

#: A section of the configuration file with a session instead of an API key.
SESSION = "SESSION"


class Account:
    """The users. `now`: seconds since 1970, when tokens are made. `file`: the configuration file, 0600.

    * Sections: one for each tenancy, by `Tenancy.profile`, and `SESSION` with a security token of the first.
    """

    def __init__(self, now: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tracklayer-oci-")
        self.folder = Path(self._folder.name)
        self.tokens = Tokens()
        self._keys = {tenancy.ocid: Key.new() for tenancy in TENANCIES}
        self._session = Key.new()
        sections = [self._section(one, self._keys[one.ocid], one.profile) for one in TENANCIES]
        token = self.write("session.token", self.token(now).encode())
        session = self._section(HOME, self._session, SESSION) + f"security_token_file={token}\n"
        self.file = self.write("config", "\n".join([*sections, session]).encode())

    def write(self, name: str, content: bytes) -> Path:
        """A file beside it, 0600."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        return path

    def remove(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def token(self, now: float, lifetime: float = LIFETIME, tenancy: Tenancy = HOME) -> str:
        """A session token, of the session's key."""
        return self.tokens.issue(tenancy, self._session.public, now, lifetime)

    def resource_principal(self, now: float, lifetime: float, tenancy: Tenancy) -> Mapping[str, str]:
        """The variables of a resource principal, version 2.2: a token and a key in files that are read anew."""
        name = tenancy.profile.lower()
        token = self.write(f"{name}.rpst", self.token(now, lifetime, tenancy).encode())
        key = self.write(f"{name}.rpst.pem", self._session.pem)
        return {
            "OCI_RESOURCE_PRINCIPAL_VERSION": "2.2",
            "OCI_RESOURCE_PRINCIPAL_RPST": str(token),
            "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM": str(key),
            "OCI_RESOURCE_PRINCIPAL_REGION": REGION,
        }

    def admit(self, request: Request, now: float, *, body: bool = True) -> Tenancy:
        """The tenancy of whoever signed the request. Raises 401. `body`: as in `signatures.verify`."""
        found: list[str] = []

        def key_of(key_id: str) -> RSAPublicKey:
            ocid, key = self._known(key_id, now)
            found.append(ocid)
            return key

        verify(request, key_of, now, body=body)
        return next(one for one in TENANCIES if one.ocid == found[0])

    def _known(self, key_id: str, now: float) -> tuple[str, RSAPublicKey]:
        """(OCID of the tenancy, public key) of a key id."""
        if key_id.startswith(PREFIX):
            return self.tokens.read(key_id.removeprefix(PREFIX), now)
        for tenancy in TENANCIES:
            key = self._keys[tenancy.ocid]
            if key_id == f"{tenancy.ocid}/{tenancy.user}/{key.fingerprint}":
                return tenancy.ocid, key.public
        raise refused("The required information to complete authentication was not provided or was incorrect.")

    def _section(self, tenancy: Tenancy, key: Key, profile: str) -> str:
        file = self.write(f"{profile.lower()}.pem", key.pem)
        return (
            f"[{profile}]\nuser={tenancy.user}\nfingerprint={key.fingerprint}\ntenancy={tenancy.ocid}\n"
            f"region={REGION}\nkey_file={file}\n"
        )
