"""Runs from one place to another, with all they have: planned, copied, and proven."""

from tracklayer.migrate.deleting import delete_source
from tracklayer.migrate.migration import migrate
from tracklayer.migrate.plan.plan import Plan
from tracklayer.migrate.plan.planning import plan
from tracklayer.migrate.proof.certificate import Certificate
from tracklayer.migrate.proof.verify import verify
from tracklayer.migrate.summary import Failure, MigrationSummary, Progress

__all__ = [
    "Certificate",
    "Failure",
    "MigrationSummary",
    "Plan",
    "Progress",
    "delete_source",
    "migrate",
    "plan",
    "verify",
]
