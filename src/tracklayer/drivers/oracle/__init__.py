"""What drivers for services of OCI share: identity and signature, files in Object Storage, errors."""

from tracklayer.drivers.oracle.errors import TABLE, Answered, Unanswered, advised, translating
from tracklayer.drivers.oracle.identity import Identity
from tracklayer.drivers.oracle.login import CREDENTIALS, Login
from tracklayer.drivers.oracle.objects import Listing, Objects, Stored
from tracklayer.drivers.oracle.session import Oracle
from tracklayer.drivers.oracle.signing import OciSignature
from tracklayer.drivers.oracle.uris import OciUri

__all__ = [
    "CREDENTIALS",
    "TABLE",
    "Answered",
    "Identity",
    "Listing",
    "Login",
    "Objects",
    "OciSignature",
    "OciUri",
    "Oracle",
    "Stored",
    "Unanswered",
    "advised",
    "translating",
]
