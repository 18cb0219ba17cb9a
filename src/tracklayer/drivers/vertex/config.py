"""Which project, location, bucket and TensorBoard, from the URL; where the service is, from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Literal, TypeAlias
from urllib.parse import quote, urlsplit

from tracklayer.drivers._options import options, prefix
from tracklayer.drivers.google.uris import BUCKET
from tracklayer.errors import InvalidInput
from tracklayer.model import Model
from tracklayer.spi import scheme_of

#: gcloud's own name for another address of the service (property `api_endpoint_overrides/aiplatform`): a private
#: endpoint, or an emulator. Cloud Storage's is STORAGE_EMULATOR_HOST, which its client reads.
ENDPOINT = "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM"
#: https://cloud.google.com/resource-manager/docs/creating-managing-projects: an id, an older one behind its domain, or
#: a number.
PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z0-9][a-z0-9-]{0,61}")
#: https://cloud.google.com/vertex-ai/docs/general/locations: `us-central1`, `northamerica-northeast1`.
LOCATION = re.compile(r"[a-z]+(-[a-z]+\d{0,2})?")
#: A TensorBoard by its number, or by its whole name.
TENSORBOARD = re.compile(r"\d+|projects/[^/]+/locations/[^/]+/tensorboards/[^/]+")
#: The TensorBoard that each experiment has itself.
BACKING = "backing"
#: Hosts that a token may be sent to in clear: this machine.
_HERE = {"127.0.0.1", "localhost", "::1"}

Series: TypeAlias = Literal["given", "backing", "none"]


class VertexConfig(Model):
    """One location of one project, and where files and time series go.

    * `bucket`: None: `<project>-vertex-staging-<location>`, the official SDK's, made when it is missing.
    * `prefix`: without `/` at its ends. * `tensorboard`: a number or a name, `backing`, or None: without one.
    """

    project: str
    location: str
    bucket: str | None = None
    prefix: str = ""
    tensorboard: str | None = None

    @classmethod
    def read(cls, url: str) -> VertexConfig:
        """From `vertex://project/location[?bucket=&prefix=&tensorboard=]`. `InvalidInput`."""
        shown = url.partition("?")[0]
        place = urlsplit(url)
        location = place.path.strip("/")
        if scheme_of(url) != "vertex" or place.fragment or not place.netloc or not location:
            message = f"not a place of Vertex AI: {shown!r}; write vertex://PROJECT/LOCATION?bucket=NAME&tensorboard=ID"
            raise InvalidInput(message)
        if PROJECT.fullmatch(place.netloc) is None:
            message = f"{shown!r}: {place.netloc!r} is no project of Google Cloud; give its id, as in vertex://my-project/us-central1"
            raise InvalidInput(message)
        if LOCATION.fullmatch(location) is None:
            message = f"{shown!r}: {location!r} is no location; write vertex://{place.netloc}/us-central1, say"
            raise InvalidInput(message)
        given = options(url, "bucket", "prefix", "tensorboard")
        return cls(
            project=place.netloc,
            location=location,
            bucket=_bucket(given.get("bucket")),
            prefix=prefix(given.get("prefix", "")),
            tensorboard=_tensorboard(given.get("tensorboard")),
        )

    @property
    def url(self) -> str:
        """The place as tracklayer writes it."""
        options = {"bucket": self.bucket, "prefix": self.prefix, "tensorboard": self.tensorboard}
        query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in options.items() if value)
        return f"vertex://{self.project}/{self.location}" + (f"?{query}" if query else "")

    def console(self, experiment: str, run: str) -> str:
        """The console's page of a run: google-cloud-aiplatform, `utils/_ipython_utils.py`."""
        root = f"https://console.cloud.google.com/vertex-ai/experiments/locations/{self.location}"
        return f"{root}/experiments/{experiment}/runs/{run}?project={self.project}"

    @property
    def parent(self) -> str:
        """The location as Google names it."""
        return f"projects/{self.project}/locations/{self.location}"

    @property
    def series(self) -> Series:
        """Where time series go."""
        if self.tensorboard is None:
            return "none"
        return "backing" if self.tensorboard == BACKING else "given"


def base(location: str, environment: Mapping[str, str] | None = None) -> str:
    """The service's address with its version, without `/` at its end. `InvalidInput` for one not to be trusted."""
    given = (os.environ if environment is None else environment).get(ENDPOINT, "").strip()
    if not given:
        return f"https://{location}-aiplatform.googleapis.com/v1"
    place = urlsplit(given)
    trusted = place.scheme == "https" or (place.scheme == "http" and place.hostname in _HERE)
    if not trusted or not place.hostname or place.username or place.query or place.fragment:
        message = f"{ENDPOINT}: give https://HOST, or http://127.0.0.1:PORT for a service on this machine"
        raise InvalidInput(message)
    return f"{place.scheme}://{place.netloc}{place.path.rstrip('/')}/v1"


def _bucket(given: str | None) -> str | None:
    if given and BUCKET.fullmatch(given) is None:
        message = f"bucket={given!r} is no name of a bucket in Cloud Storage: give the name alone, without gs://"
        raise InvalidInput(message)
    return given or None


def _tensorboard(given: str | None) -> str | None:
    if given and given != BACKING and TENSORBOARD.fullmatch(given) is None:
        message = (
            f"tensorboard={given!r} is no TensorBoard: give its number, projects/P/locations/L/tensorboards/N, or"
            f" {BACKING} for the one that each experiment has"
        )
        raise InvalidInput(message)
    return given or None
