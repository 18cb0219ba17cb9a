"""Does a name say that its value is a secret?

* A name is compared by whole words, in snake, kebab, camel and dotted case: `db.password`, `HF_TOKEN` and `apiKey` are
  secret; `max_tokens`, `tokenizer`, `monkey` and `primary_key` are not.
* What counts is how a name ends: `password_length` is a length and `token_file` a file.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from tracklayer.api.redaction import vocabulary as say

#: Longer keys are judged by their end: a name is not read for longer than it takes.
MOST = 512
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+")


class Verdict(IntEnum):
    """How sure a name is about its value."""

    PLAIN = 0  #: nothing to hide by this name
    MAYBE = 1  #: hide what looks random
    SECRET = 2  #: hide any text, but for what is plainly no secret
    PASSWORD = 3  #: likewise, and numbers in running text too


def words(name: str) -> list[str]:
    """The words of a name in lower case; numbers are left out, and words that are often joined are taken apart."""
    found: list[str] = []
    for word in WORD.findall(name[-MOST:]):
        low = word.lower()
        found.extend(say.JOINED.get(low, (low,)))
    return _trimmed(found)


@lru_cache(maxsize=8192)
def verdict(name: str, *, variable: bool = False) -> Verdict:
    """What a name says. `variable`: it is an environment variable, where a bare `..._TOKEN` is a credential."""
    found = words(name)
    if not found or (variable and name in say.NO_SECRET_VARIABLES):
        return Verdict.PLAIN
    last = found[-1]
    one = last[:-1] if last in say.PLURALS else last
    if one.endswith(say.PASSWORDS) or (one in say.CODES and len(found) == 1):
        judged = Verdict.PASSWORD
    elif one in JUDGES:
        judged = JUDGES[one](found[:-1], variable, plural=one != last)
    elif tuple(found[-3:]) in say.PHRASES or tuple(found[-2:]) in say.PHRASES:
        judged = Verdict.SECRET
    elif one in say.PERHAPS:
        judged = Verdict.MAYBE
    else:
        held = any(part in say.HOLDERS for part in found[:-1])
        judged = Verdict.SECRET if held and last not in say.ABOUT else Verdict.PLAIN
    return judged


def counts(name: str) -> bool:
    """Is a number under this name how many there are (`api_keys=3`)?"""
    return words(name)[-1:] != [] and words(name)[-1] in say.PLURALS


def _pass(before: list[str], variable: bool, *, plural: bool) -> Verdict:
    known = not before or before[-1] in say.PASS_OWNERS or variable
    return Verdict.PASSWORD if known and not plural else Verdict.PLAIN


def _secret(before: list[str], _variable: bool, *, plural: bool) -> Verdict:
    owner = before[-1] if before else ""
    return Verdict.PLAIN if owner in say.NAMED or (plural and owner in say.COUNTING) else Verdict.SECRET


def _token(before: list[str], variable: bool, *, plural: bool) -> Verdict:
    """`azureml_run_token` opens something, as does `hub_token`; `num_access_tokens` and `pad_token` do not."""
    owner = before[-1] if before else ""
    if (
        owner in say.MODEL_TOKENS
        or (plural and owner not in say.TOKEN_OWNERS)
        or (plural and before[0] in say.COUNTING)
    ):
        return Verdict.PLAIN
    opens = not before or variable or any(word in say.TOKEN_OWNERS for word in before[-2:])
    return Verdict.SECRET if opens else Verdict.MAYBE


def _key(before: list[str], variable: bool, *, plural: bool) -> Verdict:
    owner = before[-1] if before else ""
    if owner in say.KEY_OWNERS:
        return Verdict.SECRET
    if owner in say.PERHAPS_KEYS:
        return Verdict.MAYBE
    return Verdict.MAYBE if variable and owner and not plural and owner not in say.PLAIN_KEYS else Verdict.PLAIN


def _trimmed(found: list[str]) -> list[str]:
    """Without the last words that say nothing of the kind of a value; but a `token_str` is any piece of text."""
    kept = len(found)
    while kept > 1 and found[kept - 1] in say.TRAILING:
        kept -= 1
    return ["some", "token"] if kept < len(found) and found[:kept] == ["token"] else found[:kept]


JUDGES = {"pass": _pass, "token": _token, "key": _key, **dict.fromkeys(say.SECRETS, _secret)}
