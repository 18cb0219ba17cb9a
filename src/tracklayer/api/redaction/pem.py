"""Finds private keys, as PEM and PuTTY write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracklayer.api.redaction.found import Found

#: https://www.rfc-editor.org/rfc/rfc7468 and, for PGP, https://www.rfc-editor.org/rfc/rfc9580#section-6.2
BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
#: A key of 16,384 bits has some 13,000 characters: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2
MOST = 20_000
BODY = re.compile(r"(?:(?:\\[nr]|\s){0,8}[A-Za-z0-9+/=]{16,4096}){0,1024}")
#: https://tartarus.org/~simon/putty-snapshots/htmldoc/AppendixC.html
PUTTY = "PuTTY-User-Key-File-"


def pem(text: str) -> Iterator[Found]:
    """Each private key, whole; as far as it goes, where it has no end."""
    at = 0
    while "PRIVATE KEY" in text and (begin := BEGIN.search(text, at)):
        following = text.find("-----BEGIN ", begin.end(), begin.end() + MOST)
        last = following if following >= 0 else begin.end() + MOST
        end = END.search(text, begin.end(), last) or BODY.match(text, begin.end())
        at = end.end() if end else begin.end()
        yield Found(begin.start(), at, "looks like a private key")
    if (putty := text.find(PUTTY)) >= 0:
        yield Found(putty, len(text), "looks like a private key")
