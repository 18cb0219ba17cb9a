"""MLflow behind OCI's signature: servers of one's own, and those of OCI's AI Data Platform."""

from tracklayer.drivers.oci.catalog import model_catalog_pointer
from tracklayer.drivers.oci.driver import OciDriver
from tracklayer.drivers.oci.traits import AIDP, OCI

__all__ = ["AIDP", "OCI", "OciDriver", "model_catalog_pointer"]
