"""The portable archive: Parquet tables, files by digest, a manifest with a hash chain."""

from tracklayer.drivers.archive.check import Checked, Finding, check
from tracklayer.drivers.archive.driver import ArchiveDriver, seal_archive
from tracklayer.drivers.archive.traits import ARCHIVE

__all__ = ["ARCHIVE", "ArchiveDriver", "Checked", "Finding", "check", "seal_archive"]
