"""Google Cloud Storage in memory, for the emulators of Google's services."""

from tracklayer.emulators.gcs.service import Gcs

__all__ = ["Gcs"]
