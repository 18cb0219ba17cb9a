"""Session tokens: what `oci session authenticate` leaves behind, good for an hour, and renewed while they are good.

As `oci session refresh` does it (oci-cli, cli_session.py): a POST to the auth service that the old token signs.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tracklayer.drivers.oracle.errors import Unanswered, native

#: Seconds before its end from which on a token is renewed; between two attempts; and that one may take.
EARLY, PAUSE, TIMEOUT = 600.0, 60.0, (5.0, 10.0)
#: What comes of reading a token that is none.
NO_TOKEN = (ValueError, LookupError, TypeError)
REFRESH = "/v1/authentication/refresh"


class SessionSigner:
    """A signer as the SDK's are. The file is read again when it was changed; it is never written."""

    def __init__(self, config: Mapping[str, Any], region: str, shown: str) -> None:
        """`config`: of a profile. `shown`: how messages call it. `Unanswered("unsigned")`."""
        from oci.signer import load_private_key_from_file  # noqa: PLC0415 -- late: 1 s

        name = config.get("security_token_file")
        if not name or not config.get("key_file"):
            message = f"{shown} has no session token: run `oci session authenticate`"
            raise Unanswered("unsigned", message)
        self._path = Path(str(name)).expanduser()
        self._key = load_private_key_from_file(str(config["key_file"]), config.get("pass_phrase"))
        self._region = region
        self._shown = shown
        self._changed = 0
        self._tried = 0.0
        self._ends = 0.0
        self._token = ""
        self._signer: Any = None
        self.get_security_token()

    def get_security_token(self) -> str:
        """The token of this moment, a newer one if need be. `Unanswered("unsigned")` when the session has ended."""
        self._look()
        now = time.time()
        if 0 < self._ends - now < EARLY and now - self._tried > PAUSE:
            self._tried = now
            self._renew()
        if self._ends <= now:
            ended = datetime.fromtimestamp(self._ends, timezone.utc)
            message = (
                f"the session of {self._shown} ended at {ended:%Y-%m-%d %H:%M} UTC: run `oci session authenticate`"
            )
            raise Unanswered("unsigned", message)
        return self._token

    def __call__(self, request: Any, enforce_content_headers: bool = True) -> Any:
        """The request with its signature."""
        return self._signer(request, enforce_content_headers=enforce_content_headers)

    def _look(self) -> None:
        """Take what is in the file, if that is new."""
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._changed:
                self._take(self._path.read_text().strip())
                self._changed = changed
        except (OSError, *NO_TOKEN) as error:
            if not self._token:
                message = f"{self._shown}: its session token cannot be read: {error}: run `oci session authenticate`"
                raise Unanswered("unsigned", message) from error

    def _take(self, token: str) -> None:
        from oci.auth.signers import SecurityTokenSigner  # noqa: PLC0415 -- late: 1 s

        claims = token.split(".")[1]  # its signature is for OCI to verify
        self._ends = float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])
        self._signer, self._token = SecurityTokenSigner(token, self._key), token

    def _renew(self) -> None:
        """Ask for a newer token. If there is none to be had, the old one serves on to its end."""
        from oci import regions  # noqa: PLC0415 -- late
        from oci._vendor import requests  # noqa: PLC0415 -- what the SDK sends with

        try:
            answer = requests.post(
                f"{regions.endpoint_for('auth', self._region)}{REFRESH}",
                data=json.dumps({"currentToken": self._token}),
                headers={"content-type": "application/json"},
                auth=self._signer,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
            if answer.status_code == 200:  # noqa: PLR2004
                self._take(answer.json()["token"])
        except NO_TOKEN:  # an answer of something else
            return
        except Exception as error:
            if native(error) is None:
                raise
