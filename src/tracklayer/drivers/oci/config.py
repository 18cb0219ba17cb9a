"""Which server asks for OCI's signature, and who signs: from the URL and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from tracklayer.drivers._options import options
from tracklayer.drivers.mlflow.config import PATIENCE, address, seconds
from tracklayer.drivers.oracle import Login
from tracklayer.errors import InvalidInput
from tracklayer.model import Model
from tracklayer.spi import scheme_of

#: Another address of AI Data Platform: a private endpoint's, another realm's, or a test's.
ENDPOINT = "TRACKLAYER_OCI_AIDP_ENDPOINT"
#: https://docs.oracle.com/en/cloud/paas/ai-data-platform/aiwap/quick-start.html
HOST = "https://aidp.{region}.oci.oraclecloud.com"
#: Where a workspace's MLflow is, after the host
#: (https://docs.oracle.com/en/cloud/paas/ai-data-platform/aiwap/rest-endpoints.html).
PREFIX = "/20260430/aiDataPlatforms/{platform}/workspaces/{workspace}/mlops"
SCHEMES = {"oci+http": "http", "oci+https": "https"}
SHAPE = "oci://aidp/REGION/PLATFORM-OCID/WORKSPACE, or oci+https://host[:port][/prefix]"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_PLACE = re.compile(rf"/(?P<region>[a-z0-9-]+)/(?P<platform>{_NAME})/(?P<workspace>{_NAME})/?")
_WHOLE = re.compile(
    rf"(?P<before>(?:/api)?)/20260430/aiDataPlatforms/(?P<platform>{_NAME})/workspaces/(?P<workspace>{_NAME})/mlops/?"
)
_THEIRS = re.compile(r"(?:aidp|datalake)\.(?P<region>[a-z0-9-]+)\.oci\.oraclecloud\.com")


class OciConfig(Model):
    """One server.

    * `url`: its place as tracklayer writes it. * `base`: its address with the path prefix, without `/` at its end.
    * `platform`: it is a workspace of AI Data Platform. * `login`: who signs, for the server and for Object Storage.
    * `patience`: seconds to wait for an answer, as with any MLflow server.
    """

    url: str
    base: str
    platform: bool
    login: Login
    patience: float

    @classmethod
    def read(cls, url: str, environment: Mapping[str, str] | None = None) -> OciConfig:
        """From a URL and the environment as it is now. `InvalidInput`.

        * `?profile=NAME`: of the SDK's configuration; two identities can so be at work in one process.
        * `?region=NAME`: of Object Storage, where it is not the identity's own; AI Data Platform's is its own.
        """
        found = os.environ if environment is None else environment
        place, base, region = _place(url, found)
        given = options(url, *(("profile",) if region else ("profile", "region")))
        more = f"?{urlencode(given, quote_via=quote)}" if given else ""
        return cls(
            url=place + more,
            base=base,
            platform=_WHOLE.fullmatch(urlsplit(base).path) is not None,
            login=Login.read(found, profile=given.get("profile"), region=region or given.get("region", "")),
            patience=seconds(found.get(PATIENCE)),
        )


def _place(url: str, environment: Mapping[str, str]) -> tuple[str, str, str]:
    """The place in one spelling, its address, and its region if the place has one."""
    shown = url.partition("?")[0]
    try:
        scheme, parts = scheme_of(url), urlsplit(url)
        port = parts.port
    except ValueError as error:
        message = f"not a server behind OCI's signature: {shown!r}: {error}"
        raise InvalidInput(message) from None
    found = _PLACE.fullmatch(parts.path) if (scheme, parts.netloc.lower()) == ("oci", "aidp") else None
    if parts.fragment or (found is None and (scheme not in SCHEMES or not parts.hostname)):
        message = f"not a server behind OCI's signature: {shown!r}; write {SHAPE}"
        raise InvalidInput(message)
    if found is not None:
        region, platform, workspace = found.groups()
        host = address(ENDPOINT, environment.get(ENDPOINT)) or HOST.format(region=region)
        return _aidp(region, platform, workspace), host + PREFIX.format(platform=platform, workspace=workspace), region
    theirs, whole = _THEIRS.fullmatch(parts.hostname or ""), _WHOLE.fullmatch(parts.path)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    base = f"{SCHEMES[scheme]}://{host}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"
    if theirs is not None and whole is not None and port is None:
        return _aidp(theirs["region"], whole["platform"], whole["workspace"]), base, theirs["region"]
    return f"oci+{base}", base, ""


def _aidp(region: str, platform: str, workspace: str) -> str:
    return f"oci://aidp/{region}/{platform}/{workspace}"
