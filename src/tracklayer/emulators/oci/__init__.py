"""Oracle Cloud Infrastructure: MLflow behind its request signatures, and the Object Storage that its files lie in."""

from tracklayer.emulators.oci.knobs import ROUTES, Knobs
from tracklayer.emulators.oci.names import BUCKET, HOME, OTHER, PLACE, REGION, SELF_HOSTED, WORKSPACE, Tenancy
from tracklayer.emulators.oci.server import OciEmulator

__all__ = [
    "BUCKET",
    "HOME",
    "OTHER",
    "PLACE",
    "REGION",
    "ROUTES",
    "SELF_HOSTED",
    "WORKSPACE",
    "Knobs",
    "OciEmulator",
    "Tenancy",
]
