"""Who signs: made by OCI's SDK from what `Login` says, when the first request is to be signed.

Nothing here asks a person: a key with a passphrase that nobody gave is an error, and so is a session that has ended.
"""

from __future__ import annotations

import configparser
import os
import socket
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tracklayer.drivers.oracle.errors import NONE, Unanswered
from tracklayer.drivers.oracle.login import REGION, Kind, Login
from tracklayer.drivers.oracle.retries import few
from tracklayer.drivers.oracle.tokens import SessionSigner

#: Where an instance of OCI asks what it is (oci/auth/signers/instance_principals_security_token_signer.py).
METADATA, METADATA_DEFAULT = "OCI_METADATA_BASE_URL", "http://169.254.169.254/opc/v2"
#: Seconds that it may take to answer: it is on the machine itself, and the SDK would try for minutes elsewhere.
NEAR = 2.0


@dataclass(frozen=True)
class _Found:
    """The SDK's signer, or one like it, and the region that it is of."""

    signer: Any
    region: str


class _Own:
    """What belongs to one process: a child must not wait for a lock of its parent."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.found: _Found | None = None


class Identity:
    """Signs requests of `requests`, and of the SDK. Threads share it; a forked child looks everything up anew."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._by_process: dict[int, _Own] = {}

    def region(self) -> str:
        """The region that the identity itself is of; empty where it does not say. Raises as `sign` does."""
        return self._there(self._own()).region

    def sign(self, request: Any, *, body: bool = True) -> Any:
        """The request with its signature, of this moment. `body`: it covers the body too.

        Raises `Unanswered("unsigned")` and the SDK's own errors.
        """
        own = self._own()
        with own.lock:  # a token that is renewed is put into the SDK's signer in several steps
            signer = self._there(own).signer
            renew = getattr(signer, "get_security_token", None)
            if renew is not None:
                renew()
            signed = signer(request, enforce_content_headers=body)
        signed.register_hook("response", self._answered)
        return signed

    def _answered(self, response: Any, *_args: Any, **_kwargs: Any) -> None:
        """An identity that was refused is looked up anew for the next request: its file may hold another one then."""
        if response.status_code == 401:  # noqa: PLR2004
            own = self._own()
            with own.lock:
                own.found = None

    def _own(self) -> _Own:
        return self._by_process.setdefault(os.getpid(), _Own())

    def _there(self, own: _Own) -> _Found:
        with own.lock:
            if own.found is None:
                own.found = self._made()
            return own.found

    def _made(self) -> _Found:
        kind = self._kind()
        if kind == "resource_principal":
            return _resource_principal()
        return _instance_principal() if kind == "instance_principal" else self._of_file(kind)

    def _kind(self) -> Kind | None:
        login = self._login
        if login.kind is None and not login.named and not login.path.is_file():
            if login.principal:
                return "resource_principal"
            message = f"no credentials of OCI: there is no {login.file}: {NONE}"
            raise Unanswered("unsigned", message)
        return login.kind

    def _of_file(self, kind: Kind | None) -> _Found:
        from oci import config as configuration  # noqa: PLC0415 -- late: 1 s
        from oci.exceptions import InvalidConfig, InvalidPrivateKey  # noqa: PLC0415 -- likewise
        from oci.signer import Signer  # noqa: PLC0415 -- likewise

        login = self._login
        shown = f"the profile {login.profile} of {login.file}"
        try:
            config = configuration.from_file(str(login.path), login.profile)
        except (ValueError, OSError, configparser.Error) as error:
            message = f"{shown} cannot be read: {error}"
            raise Unanswered("unsigned", " ".join(message.split())) from error
        region = str(config.get("region") or os.environ.get(REGION) or "")
        if kind == "security_token" or (kind is None and config.get("security_token_file")):
            return _Found(SessionSigner(config, region, shown), region)
        lacking = [name for name in ("tenancy", "user", "fingerprint", "key_file") if not config.get(name)]
        if lacking:
            message = f"{shown} lacks {', '.join(lacking)}"
            raise Unanswered("unsigned", message)
        names = ("tenancy", "user", "fingerprint", "key_file", "pass_phrase")
        try:
            configuration.validate_config({**config, "region": region or "none"})
            return _Found(Signer(*(config.get(name) for name in names)), region)
        except InvalidConfig as error:
            message = f"{shown} is wrong in {', '.join(f'{name} ({what})' for name, what in error.errors.items())}"
        except InvalidPrivateKey as error:
            message = f"{shown}: {error} Its passphrase belongs there as pass_phrase"
        raise Unanswered("unsigned", message)


def _resource_principal() -> _Found:
    from oci.auth.signers import get_resource_principals_signer  # noqa: PLC0415 -- late: 1 s

    try:
        signer = get_resource_principals_signer()
    except (OSError, ValueError, AttributeError) as error:
        message = f"no resource principal: {error}: {NONE}"
        raise Unanswered("unsigned", message) from error
    return _Found(signer, str(getattr(signer, "region", None) or ""))


def _instance_principal() -> _Found:
    place = urlsplit(os.environ.get(METADATA, "").strip() or METADATA_DEFAULT)
    try:
        socket.create_connection((str(place.hostname), place.port or 80), NEAR).close()
    except OSError as error:
        message = f"no instance principal: no metadata service answers at {place.netloc}: is this an instance of OCI?"
        raise Unanswered("unsigned", message) from error
    from oci.auth.signers import InstancePrincipalsSecurityTokenSigner  # noqa: PLC0415 -- late: 1 s

    signer = InstancePrincipalsSecurityTokenSigner(retry_strategy=few(), federation_client_retry_strategy=few())
    return _Found(signer, str(signer.region or ""))
