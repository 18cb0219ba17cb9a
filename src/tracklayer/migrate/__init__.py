"""Runs from one place to another, with all they have."""

from tracklayer.migrate.migration import migrate
from tracklayer.migrate.summary import Failure, MigrationSummary, Progress

__all__ = ["Failure", "MigrationSummary", "Progress", "migrate"]
