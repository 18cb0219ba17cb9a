"""What files in S3 cost in calls: for every provider whose files lie there."""

from __future__ import annotations

from tracklayer.drivers.aws.objects import PART
from tracklayer.spi import Charge, Quota

#: Bytes from which on a file goes in parts, and of one part.
S3_PART = PART
S3_FILES = (
    Charge.of("s3.PutObject", "small file"),
    Charge.of("s3.CreateMultipartUpload", "large file"),
    Charge.of("s3.UploadPart", "parts", each=True),
    Charge.of("s3.CompleteMultipartUpload", "large file"),
)
S3_QUOTA = Quota.of(
    3_500,
    {"s3.ListObjectsV2", "s3.GetObject", *(charge.operation for charge in S3_FILES)},
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html: 3,500 PUT a second and prefix,"
    " and more that read",
)
