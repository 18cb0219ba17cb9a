"""Units of metrics, told by their names."""

from __future__ import annotations

from tracklayer.compare.direction import words_of

#: The last word of a name -> its unit. `min` is left out: it says least more often than minutes.
UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("ms", "msec", "millis", "milliseconds"), "ms"),
    **dict.fromkeys(("us", "usec", "micros", "microseconds"), "µs"),
    **dict.fromkeys(("ns", "nanos", "nanoseconds"), "ns"),
    **dict.fromkeys(("minutes", "mins"), "min"),
    **dict.fromkeys(("hour", "hours"), "h"),
    **dict.fromkeys(("pct", "percent", "percentage"), "%"),
    **dict.fromkeys(("bytes",), "B"),
    **{name: shown for shown in ("kB", "MB", "GB", "TB", "KiB", "MiB", "GiB") for name in (shown.lower(),)},
    **{name: name.upper() for name in ("usd", "eur", "gbp")},
    "watts": "W",
    "joules": "J",
    "kwh": "kWh",
}


def unit(metric: str) -> str | None:
    """The unit that a name says: `latency_ms` is in ms, `tokens_per_second` in tokens/s; None where it says none."""
    if metric.endswith("%"):
        return "%"
    words = words_of(metric)
    if len(words) >= 3 and words[-2] == "per":  # noqa: PLR2004 -- what, per, what
        return f"{UNITS.get(words[-3], words[-3])}/{UNITS.get(words[-1], words[-1])}"
    joined = UNITS.get("".join(words[-2:])) if len(words) > 2 else None  # noqa: PLR2004 -- `GiB` is taken for two words
    return joined or (UNITS.get(words[-1]) if len(words) > 1 else None)
