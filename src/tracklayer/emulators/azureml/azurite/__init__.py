"""Azurite, Microsoft's own emulator of Blob Storage, as a child of this process."""

from tracklayer.emulators.azureml.azurite.process import Azurite, AzuriteFailed

__all__ = ["Azurite", "AzuriteFailed"]
