"""An emulator of OCI, asked by the official SDK and by requests that its signer has signed."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import oci
import requests
from tests.emulators.sagemaker.managed.asking import Behind

from tracklayer.emulators.oci import BUCKET, HOME, WORKSPACE, OciEmulator, Tenancy

#: None of it has types.
SDK: Any = oci
#: Changes a request after it was signed.
Change = Callable[[requests.PreparedRequest], None]


def prefix(tenancy: Tenancy = HOME, workspace: str = WORKSPACE) -> str:
    """The path of a workspace's MLflow."""
    return f"/20260430/aiDataPlatforms/{tenancy.platform}/workspaces/{workspace}/mlops/api/2.0/mlflow/"


@dataclass
class Cloud:
    """The emulator. `behind` plays all its MLflow servers; `started`: (id, place of files) of each that was asked."""

    emulator: OciEmulator
    behind: Behind
    session: requests.Session
    started: list[tuple[str, str]] = field(default_factory=list)
    signers: dict[str, Any] = field(default_factory=dict)

    def config(self, profile: str = "DEFAULT") -> dict[str, str]:
        """A section of the configuration file, as the SDK reads it."""
        return dict(SDK.config.from_file(self.emulator.environment()["OCI_CONFIG_FILE"], profile))

    def signer(self, profile: str = "DEFAULT") -> Any:
        """The signer of a section. Those of API keys are made once: it takes some 60 ms."""
        if profile in self.signers:
            return self.signers[profile]
        config = self.config(profile)
        if "security_token_file" not in config:
            made = self.signers[profile] = SDK.signer.Signer.from_config(config)
            return made
        key = SDK.signer.load_private_key_from_file(config["key_file"])
        with open(config["security_token_file"], encoding="utf-8") as file:  # noqa: PTH123 -- as its users do
            return SDK.auth.signers.SecurityTokenSigner(file.read(), key)

    def storage(self, profile: str = "DEFAULT", signer: Any = None) -> Any:
        """The SDK's client of Object Storage."""
        return SDK.object_storage.ObjectStorageClient(
            self.config(profile),
            signer=signer or self.signer(profile),
            service_endpoint=self.emulator.url,
            retry_strategy=SDK.retry.NoneRetryStrategy(),
        )

    def ask(
        self,
        method: str,
        path: str,
        *,
        profile: str = "DEFAULT",
        host: str | None = None,
        sign: Any = None,
        after: Change | None = None,
        date: float | None = None,
        **more: Any,
    ) -> requests.Response:
        """A signed request. `after`: changes it when it is signed. `date`: seconds since 1970 that it is signed for."""
        headers = more.pop("headers", {}) | ({} if host is None else {"host": host})
        headers |= {} if date is None else {"date": email.utils.formatdate(date, usegmt=True)}
        request = requests.Request(method, self.emulator.url + path, headers=headers, **more).prepare()
        named = _Named(request, host)
        (sign or self.signer(profile))(named)
        if after is not None:
            after(request)
        return self.session.send(request, timeout=60, allow_redirects=False)

    def refusal(self, *given: Any, **more: Any) -> tuple[int, str, str]:
        """(status, code, message) of what is refused."""
        answer = self.ask(*given, **more)
        told = answer.json()
        return answer.status_code, told["code"], told["message"]

    def object(self, name: str) -> bytes:
        """What is stored under a name in the bucket."""
        return self.emulator.storage.store.bucket(HOME, "us-ashburn-1", HOME.namespace, BUCKET).blobs[name].content


class _Named:
    """A request whose URL has another host: signers sign the host of the URL, and not that of the header."""

    def __init__(self, request: requests.PreparedRequest, host: str | None) -> None:
        self._request = request
        self.url = request.url if host is None else f"https://{host}{request.path_url}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)
