"""OCI Object Storage in memory."""

from tracklayer.emulators.oci.storage.service import Storage

__all__ = ["Storage"]
