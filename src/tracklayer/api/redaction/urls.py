"""Finds the credentials within URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracklayer.api.redaction.found import Found
from tracklayer.api.redaction.values import harmless, random_looking

#: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1. What follows `@` is no digest (`docker://python:3@sha256:...`).
HOST = r"@(?!sha\d+:|md5:)(?=[\w.\[*%{$<-])"
CREDENTIALS = re.compile(r"://([^\s:/?#@\"'<>\\]{0,256}):([^\s/?#\"'<>\\]{1,1024})" + HOST)
#: A database's password may hold a slash that nobody spelled as %2F; then no number of a port follows the colon.
SLASHED = re.compile(
    r"(?:postgres|postgresql|mysql|mariadb|mongodb|mssql|oracle|redis|rediss|amqp|amqps|clickhouse|snowflake)"
    r"(?:\+\w{1,20})?://([^\s:/?#@\"'<>\\]{0,256}):(?!\d{1,5}[/?#])([^\s\"'<>\\,]{1,1024}?)" + HOST
)
#: A token alone, as git takes it: https://docs.github.com/en/get-started/git-basics/about-remote-repositories
ALONE = re.compile(r"https?://()([^\s:/?#@\"'<>\\]{8,1024})" + HOST)


def urls(text: str) -> Iterator[Found]:
    """Each password within a URL, and each token that stands where the user does."""
    if "://" not in text or "@" not in text:
        return
    for expression, secret in ((CREDENTIALS, _password), (SLASHED, _password), (ALONE, random_looking)):
        for match in expression.finditer(text):
            if secret(match[2]):
                yield Found(match.start(2), match.end(2), "credentials in a URL")


def _password(text: str) -> bool:
    return not harmless(text)
