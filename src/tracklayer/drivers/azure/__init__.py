"""What drivers for services of Azure share: who asks, in which cloud, and blobs."""

from tracklayer.drivers.azure.blobs import Blobs, Listing
from tracklayer.drivers.azure.clouds import CLOUDS, CURRENT, PUBLIC, Cloud, cloud_of, current
from tracklayer.drivers.azure.credentials import CREDENTIALS, Bearer, Identity, Tokens
from tracklayer.drivers.azure.errors import TABLE, Answered, Unanswered, translating, unsigned
from tracklayer.drivers.azure.uris import BlobUri, SignedUri

__all__ = [
    "CLOUDS",
    "CREDENTIALS",
    "CURRENT",
    "PUBLIC",
    "TABLE",
    "Answered",
    "Bearer",
    "BlobUri",
    "Blobs",
    "Cloud",
    "Identity",
    "Listing",
    "SignedUri",
    "Tokens",
    "Unanswered",
    "cloud_of",
    "current",
    "translating",
    "unsigned",
]
