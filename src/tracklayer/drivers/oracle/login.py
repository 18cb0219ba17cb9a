"""Which identity of OCI signs: from the environment, by the names that Oracle's own tools have for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from tracklayer.errors import InvalidInput
from tracklayer.model import Model

#: Of Oracle's plugin for MLflow (oracle-ads, ads/common/auth.py): who signs, which file, which profile.
KIND, LOCATION, PROFILE = "OCI_IAM_TYPE", "OCI_CONFIG_LOCATION", "OCI_CONFIG_PROFILE"
#: Of the SDK (oci/config.py, oci/auth/signers/resource_principals_signer.py).
FILE, REGION, PRINCIPAL = "OCI_CONFIG_FILE", "OCI_REGION", "OCI_RESOURCE_PRINCIPAL_VERSION"
#: Of Oracle's plugin: the region of what is asked for, if it is not the identity's own.
OWN_REGION = "OCI_RESOURCE_REGION"
#: Another address of Object Storage: a private endpoint's, or a test's. The SDK has no name for it.
STORAGE = "TRACKLAYER_OCI_STORAGE_ENDPOINT"
DEFAULT_FILE, DEFAULT_PROFILE = "~/.oci/config", "DEFAULT"
#: Where credentials are looked for.
CREDENTIALS = (KIND, FILE, LOCATION, PROFILE, DEFAULT_FILE, PRINCIPAL)

Kind: TypeAlias = Literal["api_key", "security_token", "resource_principal", "instance_principal"]
KINDS: tuple[str, ...] = get_args(Kind)


class Login(Model):
    """One identity, not yet looked up.

    * `kind`: who signs; None for what is there: a profile of the file, else the job's resource principal. A profile
      with a `security_token_file` signs with its session token.
    * `file`, `profile`: of the SDK's configuration. `named`: somebody named the file, so it must be there.
    * `region`: of Object Storage; empty for the identity's own. `storage`: another address of it.
    """

    kind: Kind | None = None
    file: str = DEFAULT_FILE
    named: bool = False
    profile: str = DEFAULT_PROFILE
    region: str = ""
    storage: str | None = None
    principal: bool = False

    @classmethod
    def read(
        cls, environment: Mapping[str, str] | None = None, *, profile: str | None = None, region: str = ""
    ) -> Login:
        """From the environment as it is now. `profile`, `region`: before all that it says. `InvalidInput`."""
        found = os.environ if environment is None else environment
        kind = found.get(KIND) or None
        if kind is not None and kind not in KINDS:
            message = f"{KIND}={kind[:80]!r} is no kind of identity: set it to one of {', '.join(KINDS)}"
            raise InvalidInput(message)
        file = found.get(FILE) or found.get(LOCATION)
        return cls(
            kind=cast("Kind | None", kind),
            file=file or DEFAULT_FILE,
            named=file is not None and file != "",
            profile=profile or found.get(PROFILE) or DEFAULT_PROFILE,
            region=region or found.get(OWN_REGION) or "",
            storage=found.get(STORAGE) or None,
            principal=bool(found.get(PRINCIPAL)),
        )

    @property
    def path(self) -> Path:
        """The file's place on this machine."""
        return Path(self.file).expanduser()
