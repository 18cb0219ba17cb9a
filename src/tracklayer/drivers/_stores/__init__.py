"""Where files of MLflow's runs may lie, one file a kind of store. Each is written once, for every server and cloud."""

from tracklayer.drivers._stores.azure_blob import BlobFiles
from tracklayer.drivers._stores.files import Entry, Files, Flat
from tracklayer.drivers._stores.folder import FolderFiles
from tracklayer.drivers._stores.gcs import GcsFiles
from tracklayer.drivers._stores.objects import Listed, ObjectFiles
from tracklayer.drivers._stores.oci import OciFiles
from tracklayer.drivers._stores.s3 import S3Files, s3_endpoints

__all__ = [
    "BlobFiles",
    "Entry",
    "Files",
    "Flat",
    "FolderFiles",
    "GcsFiles",
    "Listed",
    "ObjectFiles",
    "OciFiles",
    "S3Files",
    "s3_endpoints",
]
