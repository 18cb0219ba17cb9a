"""Sift (in the making: forwards everything)."""

from __future__ import annotations

from tracklayer.spi import Wrapper


class Sift(Wrapper):
    """Forwards."""
