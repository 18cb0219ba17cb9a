"""What the URIs of all stores of objects have in common: a name that is no path, though it looks like one."""

from __future__ import annotations


def below(name: str, *parts: str) -> str:
    """The name of something below another: that, and the parts, with a `/` between them. Empty ones are left out."""
    return "/".join(part for part in (name.rstrip("/"), *parts) if part)
