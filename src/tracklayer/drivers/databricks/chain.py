"""The SDK's own chain of credentials, with the two things changed that `login.py` says. Importing it takes 2 s."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from databricks.sdk.config import Config
from databricks.sdk.credentials_provider import CredentialsProvider, CredentialsStrategy, DefaultCredentials

from tracklayer.drivers.databricks.login import BROWSER, CONFIG_FILE


class Quiet(CredentialsStrategy):
    """The default chain, without the browser that a process nobody looks at would wait for."""

    def __init__(self) -> None:
        self._chain = DefaultCredentials()

    def auth_type(self) -> str:
        """The kind that was found."""
        return self._chain.auth_type()

    def __call__(self, cfg: Config) -> CredentialsProvider:
        """What gives headers. `ValueError`."""
        if cfg.auth_type == BROWSER:
            message = f"auth_type = {BROWSER} would open a browser: log in before, and set auth_type = databricks-cli"
            raise ValueError(message)
        return self._chain(cfg)


Config.attributes()  # it looks for them where it is first asked: in a class below there are none


class Named(Config):
    """A profile, whose own credentials come before the environment's."""

    def _load_from_env(self) -> None:
        if not self.is_any_auth_configured and not self.auth_type:
            super()._load_from_env()  # type: ignore[no-untyped-call] # the SDK is typed in parts


def config(profile: str | None, section: Mapping[str, str], *, timeout: float, tries: float) -> Config:
    """The configuration of a profile, of which the file says `section`; or of the environment. `ValueError`."""
    same: dict[str, Any] = {
        "credentials_strategy": Quiet(),
        "http_timeout_seconds": timeout,
        "retry_timeout_seconds": tries,
    }
    if profile is None:
        return Config(**same)
    own = {name: text for name, text in section.items() if text}
    return Named(**{**own, **same, "profile": profile, "config_file": os.environ.get(CONFIG_FILE)})
