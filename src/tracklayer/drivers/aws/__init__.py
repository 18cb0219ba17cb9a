"""What drivers for services of AWS share: session, files in S3, errors, signatures, pace."""

from tracklayer.drivers.aws.arns import Arn
from tracklayer.drivers.aws.errors import TABLE, Answered, Unanswered, translating
from tracklayer.drivers.aws.objects import Listing, Objects, Stored
from tracklayer.drivers.aws.pace import Pace
from tracklayer.drivers.aws.session import CREDENTIALS, Aws
from tracklayer.drivers.aws.signing import SigV4
from tracklayer.drivers.aws.uris import S3Uri

__all__ = [
    "CREDENTIALS",
    "TABLE",
    "Answered",
    "Arn",
    "Aws",
    "Listing",
    "Objects",
    "Pace",
    "S3Uri",
    "SigV4",
    "Stored",
    "Unanswered",
    "translating",
]
