"""Where an MLflow server is and who asks it: from the URL and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr
from requests.auth import AuthBase

from tracklayer.drivers.mlflow.auth import BasicAuth, BearerAuth, NoAuth
from tracklayer.drivers.mlflow.rest import READ
from tracklayer.errors import InvalidInput
from tracklayer.model import Model
from tracklayer.spi import scheme_of

#: MLflow's own names: https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/
USERNAME, PASSWORD, TOKEN = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"
#: https://mlflow.org/docs/latest/api_reference/python_api/mlflow.environment_variables.html
PATIENCE = "MLFLOW_HTTP_REQUEST_TIMEOUT"
SCHEMES = {"mlflow+http": "http", "mlflow+https": "https"}


class MlflowConfig(Model):
    """One server, and the credentials for it.

    * `url`: the place as tracklayer writes it. * `base`: the server's own address, with the path prefix, without `/`
      at its end. * A name and password come before a token, as with MLflow's client.
    * `patience`: seconds to wait for an answer: MLflow's own variable, MLFLOW_HTTP_REQUEST_TIMEOUT.
    """

    url: str
    base: str
    username: SecretStr | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    patience: float = READ

    @classmethod
    def read(cls, url: str, environment: Mapping[str, str] | None = None) -> MlflowConfig:
        """From `mlflow+http(s)://host[:port][/prefix]` and the environment as it is now. `InvalidInput`."""
        base = _base(url)
        found = os.environ if environment is None else environment
        username, password, token = (found.get(name) or None for name in (USERNAME, PASSWORD, TOKEN))
        if (username is None) != (password is None):
            given, missing = (USERNAME, PASSWORD) if password is None else (PASSWORD, USERNAME)
            message = f"{given} is set and {missing} is not: set both, or neither"
            raise InvalidInput(message)
        if username is not None and ":" in username:
            message = f"{USERNAME} holds a ':', which basic authentication cannot send"
            raise InvalidInput(message)
        if token is not None and not re.fullmatch(r"[!-~]+", token):
            message = f"{TOKEN} holds something else than visible ASCII characters: a space, or the end of a line?"
            raise InvalidInput(message)
        return cls(
            url=f"mlflow+{base}",
            base=base,
            username=username and SecretStr(username),
            password=password and SecretStr(password),
            token=token and SecretStr(token),
            patience=seconds(found.get(PATIENCE)),
        )

    def auth(self) -> AuthBase:
        """What signs each request."""
        if self.username is not None and self.password is not None:
            return BasicAuth(self.username.get_secret_value(), self.password.get_secret_value())
        if self.token is not None:
            return BearerAuth(self.token.get_secret_value())
        return NoAuth()


def seconds(text: str | None) -> float:
    """How long MLflow's variable says to wait. `InvalidInput`."""
    if not text:
        return READ
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        message = f"{PATIENCE}={text!r} is no number of seconds"
        raise InvalidInput(message)
    return seconds


def address(variable: str, text: str | None) -> str | None:
    """The address of a server that a variable holds, without `/` at its end; None where it is empty. `InvalidInput`."""
    if not text:
        return None
    try:
        place = urlsplit(text)
        fits = place.scheme in {"http", "https"} and place.hostname is not None and place.port != 0
    except ValueError:
        fits = False
    if not fits or place.query or place.fragment or "@" in place.netloc:
        message = f"{variable} is not the address of a server: write https://host[:port]"
        raise InvalidInput(message)
    return text.rstrip("/")


def _base(url: str) -> str:
    """The server's address out of a tracklayer URL, in one spelling."""
    shown = url.partition("?")[0]
    try:
        scheme = SCHEMES.get(scheme_of(url))
        place = urlsplit(url)
        port = place.port
    except ValueError as error:
        message = f"not an MLflow server's URL: {shown!r}: {error}"
        raise InvalidInput(message) from None
    if scheme is None or not place.hostname:
        message = (
            f"not an MLflow server's URL: {shown!r}; write mlflow+http://host:port or mlflow+https://host[/prefix]"
        )
        raise InvalidInput(message)
    if place.query or place.fragment:
        message = f"{shown!r}: the URL of an MLflow server takes no '?' and no '#'"
        raise InvalidInput(message)
    host = f"[{place.hostname}]" if ":" in place.hostname else place.hostname
    return f"{scheme}://{host}{'' if port is None else f':{port}'}{place.path.rstrip('/')}"
