"""What drivers for services of Google share: who asks, REST, operations that take long, files in Cloud Storage."""

from tracklayer.drivers.google.auth import CREDENTIALS, GoogleAuth, Identity
from tracklayer.drivers.google.errors import TABLE, Answered, Unanswered, translating
from tracklayer.drivers.google.objects import Listing, Objects, Stored
from tracklayer.drivers.google.operations import finished
from tracklayer.drivers.google.rest import Json, Rest
from tracklayer.drivers.google.uris import GcsUri

__all__ = [
    "CREDENTIALS",
    "TABLE",
    "Answered",
    "GcsUri",
    "GoogleAuth",
    "Identity",
    "Json",
    "Listing",
    "Objects",
    "Rest",
    "Stored",
    "Unanswered",
    "finished",
    "translating",
]
