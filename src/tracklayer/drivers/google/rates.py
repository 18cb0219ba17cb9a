"""What files in Cloud Storage cost in calls."""

from __future__ import annotations

from tracklayer.drivers.google.streams import PART
from tracklayer.spi import Charge, Quota

#: Bytes from which on a file goes in parts, and of one part.
GCS_PART = PART
GCS_FILES = (
    Charge.of("storage.objects.insert", "file"),
    Charge.of("storage.objects.upload", "parts", each=True),
    Charge.of("storage.objects.patch", "large file"),
)
GCS_QUOTA = Quota.of(
    1_000,
    {"storage.objects.list", "storage.objects.download", *(charge.operation for charge in GCS_FILES)},
    "https://cloud.google.com/storage/docs/request-rate: 1,000 writes a second to a bucket that is not warm yet, and"
    " more that read",
)
