"""Authority: a throw-away CA, and a certificate for each host name when it is first asked for."""

from __future__ import annotations

import ssl
import tempfile
import threading
from pathlib import Path

import trustme


class Authority:
    """A CA that lives as long as its temporary folder.

    * `file`: its certificate, for those who shall trust it: PEM, 0600, in a folder that only its owner may enter.
    * Its key is in memory only.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tracklayer-proxy-")
        self._authority = trustme.CA(organization_name="tracklayer", organization_unit_name="throw-away CA")
        self._contexts: dict[tuple[str, tuple[str, ...]], ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.file = Path(self._folder.name) / "ca.pem"
        self.file.touch(mode=0o600)
        self.file.write_bytes(self._authority.cert_pem.bytes())

    def context(self, host: str, alpn: tuple[str, ...]) -> ssl.SSLContext:
        """What a TLS server of this host name is made from; made once, then kept. `ValueError`: it is no host name."""
        with self._lock:
            kept = self._contexts.get((host, alpn))
            if kept is not None:
                return kept
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.set_alpn_protocols(list(alpn))
            # No tickets: who looks whether there is an answer (botocore does, for 100 Continue) takes them for one.
            context.num_tickets = 0
            self._issue(host).configure_cert(context)
            self._contexts[host, alpn] = context
            return context

    def remove(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _issue(self, host: str) -> trustme.LeafCert:
        try:
            return self._authority.issue_cert(host)
        except UnicodeError:  # no legal name (my_bucket.s3...): it gets a wildcard, as from the cloud itself
            return self._authority.issue_cert(f"*.{host.partition('.')[2]}")
