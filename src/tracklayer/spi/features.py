"""What a provider can be asked for, and what it claims."""

from __future__ import annotations

from enum import Enum

from tracklayer.model.base import Model


class Feature(str, Enum):
    """One thing that some providers can and others cannot. The text is what users see."""

    WRITING = "writing"
    DELETE = "delete"
    RESTORE = "restore"
    ARTIFACTS = "artifacts"
    NESTED_RUNS = "nested runs"
    RESUME = "resume"
    BACKDATING = "backdating"
    IDEMPOTENT_CREATE = "idempotent create"
    PARAM_OVERWRITE = "param overwrite"
    TYPED_PARAMS = "typed params"
    EMPTY_VALUES = "empty values"
    METRIC_HISTORY = "metric history"
    METRIC_SAME_STEP = "several values a step"
    METRIC_TIME = "metric time"
    METRIC_NAN = "metric NaN"
    METRIC_INFINITY = "metric infinity"
    METRIC_NEGATIVE_STEP = "negative step"
    DESCRIPTION = "description"
    PROVENANCE = "user and source"
    DATASETS = "datasets"
    ATOMIC_WRITE = "atomic write"
    FILTER = "filter"
    ORDER = "order"


class Support(str, Enum):
    """How a feature is had."""

    NATIVE = "native"  # the provider itself
    SIDECAR = "sidecar"  # tracklayer, beside what the provider holds
    NOT_YET = "not yet"  # possible, not built
    UPSTREAM = "upstream"  # broken or missing in the provider's service or SDK
    NEVER = "never"  # against the provider's nature


class Claim(Model):
    """How a provider has a feature; where it is not native, `why`, in one line; and the `source` of that knowledge."""

    support: Support
    why: str = ""
    source: str = ""

    @property
    def offered(self) -> bool:
        """Can a user have it, whoever does the work?"""
        return self.support in {Support.NATIVE, Support.SIDECAR}


def native(source: str = "") -> Claim:
    """The provider has it."""
    return Claim(support=Support.NATIVE, source=source)


def sidecar(why: str, source: str = "") -> Claim:
    """The provider lacks it; tracklayer keeps it beside the run."""
    return Claim(support=Support.SIDECAR, why=why, source=source)


def not_yet(why: str, source: str = "") -> Claim:
    """It could be had, and is not built."""
    return Claim(support=Support.NOT_YET, why=why, source=source)


def never(why: str, source: str = "") -> Claim:
    """It cannot be had from this provider."""
    return Claim(support=Support.NEVER, why=why, source=source)
