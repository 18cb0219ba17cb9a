"""Which region, bucket and profile: from the URL; how fast: from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from tracklayer.drivers._options import options, prefix
from tracklayer.drivers.aws import Pace
from tracklayer.drivers.aws.uris import BUCKET
from tracklayer.errors import InvalidInput
from tracklayer.model import Model
from tracklayer.spi import scheme_of

#: How fast operations are asked for: `off`, or `AssociateTrialComponent=2,default=10`, each a second.
RATES = "TRACKLAYER_SAGEMAKER_RATES"
#: AWS documents no rates. The official SDK pauses 1.2 s before each of the slow ones, and threads report throttling of
#: all of them; a bucket holds ten seconds, so that most programs never wait.
CAUTIOUS: Mapping[str, float] = {
    "default": 5.0,
    "AssociateTrialComponent": 1.0,
    "DisassociateTrialComponent": 1.0,
    "DeleteTrialComponent": 1.0,
    "DeleteTrial": 1.0,
    "DeleteExperiment": 1.0,
    "BatchPutMetrics": 50.0,
}
#: https://docs.aws.amazon.com/general/latest/gr/rande.html: `us-east-1`, `us-gov-west-1`, `mx-central-1`.
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")


class SagemakerConfig(Model):
    """One region of one account, and where in S3 files go.

    * `bucket`: None: `sagemaker-<region>-<account>`, made when it is missing. * `prefix`: without `/` at its ends.
    """

    region: str
    bucket: str | None = None
    prefix: str = ""
    profile: str | None = None

    @classmethod
    def read(cls, url: str) -> SagemakerConfig:
        """From `sagemaker://region[/?bucket=&prefix=&profile=]`. `InvalidInput`."""
        shown = url.partition("?")[0]
        place = urlsplit(url)
        if scheme_of(url) != "sagemaker" or place.path not in {"", "/"} or place.fragment:
            message = f"not a place of SageMaker: {shown!r}; write sagemaker://REGION/?bucket=NAME&prefix=TEXT"
            raise InvalidInput(message)
        if REGION.fullmatch(place.netloc) is None:
            message = f"{shown!r}: {place.netloc!r} is no region of AWS; write sagemaker://us-east-1, say"
            raise InvalidInput(message)
        given = options(url, "bucket", "prefix", "profile")
        return cls(
            region=place.netloc,
            bucket=_bucket(given.get("bucket")),
            prefix=prefix(given.get("prefix", "")),
            profile=given.get("profile") or None,
        )

    @property
    def url(self) -> str:
        """The place as tracklayer writes it."""
        options = {"bucket": self.bucket, "prefix": self.prefix, "profile": self.profile}
        query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in options.items() if value)
        return f"sagemaker://{self.region}" + (f"/?{query}" if query else "")


def pace(environment: Mapping[str, str] | None = None) -> Pace:
    """How fast the service may be asked, by `TRACKLAYER_SAGEMAKER_RATES`. `InvalidInput`."""
    text = (os.environ if environment is None else environment).get(RATES, "").strip()
    if text == "off":
        return Pace({})
    rates = dict(CAUTIOUS)
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = re.fullmatch(r"(\w+)\s*=\s*(\d+(?:\.\d+)?)", part)
        if found is None or float(found[2]) <= 0:
            message = f"{RATES}: {part!r} is no rate; write off, or OPERATION=TIMES-A-SECOND with commas between"
            raise InvalidInput(message)
        rates[found[1]] = float(found[2])
    return Pace(rates)


def _bucket(given: str | None) -> str | None:
    if given and BUCKET.fullmatch(given) is None:
        message = f"bucket={given!r} is no name of a bucket in S3: give the name alone, without s3://"
        raise InvalidInput(message)
    return given or None
