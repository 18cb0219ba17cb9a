"""Hides the secrets within one text, and says why."""

from __future__ import annotations

import re

from tracklayer.api.redaction.assignments import assignments
from tracklayer.api.redaction.found import Found, without
from tracklayer.api.redaction.keys import keys
from tracklayer.api.redaction.pem import pem
from tracklayer.api.redaction.urls import urls

#: No secret is found in so short a text.
LEAST = 6
#: What an assignment and a URL's credentials need, all in one place: most texts have none of it.
SIGNS = re.compile(r"[=:]|--|earer|EARER")


def clean(text: str) -> tuple[str, list[str]]:
    """The text without its secrets, and the reasons.

    * What is left is looked at again until nothing is found: to clean twice is to clean once.
    """
    reasons: list[str] = []
    while len(text) >= LEAST and (found := _found(text)):
        reasons += (secret.why for secret in found)
        text = without(text, found)
    return text, reasons


def _found(text: str) -> list[Found]:
    found = list(keys(text))
    if SIGNS.search(text):
        found += (*pem(text), *urls(text), *assignments(text))
    return found
