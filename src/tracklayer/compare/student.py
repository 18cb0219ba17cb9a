"""Student's t: the quantile that a confidence interval of a mean needs, without a library for it."""

from __future__ import annotations

import math
from functools import lru_cache

#: Halvings of the span that is searched: a float has 53 bits, and the span is not wide.
HALVINGS = 80


def within(t: float, freedom: int) -> float:
    """The probability that a Student's t of so many degrees of freedom lies between -t and t.

    * Exact series for whole degrees: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4
      (https://personal.math.ubc.ca/~cbm/aands/page_948.htm).
    """
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for step in range(1 + odd, freedom, 2):  # the powers of the cosine: 1, 3, 5 ..., or 0, 2, 4 ...
        total += term
        term *= cosine * cosine * step / (step + 1)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


@lru_cache(maxsize=1024)
def quantile(confidence: float, freedom: int) -> float:
    """The t that lies between -t and t with this probability: 12.706 for 0.95 and one degree of freedom."""
    low, high = 0.0, 1.0
    while within(high, freedom) < confidence:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if within(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2
