"""The fake's clock: moments as nanoseconds, and now, in a provider's unit."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def nanoseconds(moment: datetime) -> int:
    """Since 1970 UTC, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1_000


def now(unit: int) -> datetime:
    """The present moment, cut to a whole multiple of `unit` nanoseconds."""
    elapsed = nanoseconds(datetime.now(timezone.utc))
    return EPOCH + timedelta(microseconds=(elapsed - elapsed % unit) // 1_000)
