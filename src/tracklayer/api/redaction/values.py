"""What a value looks like: plainly no secret, or random."""

from __future__ import annotations

import re

from tracklayer.api.redaction.names import Verdict, verdict

#: A value longer than this is not read for being plainly no secret.
MOST = 400
NOTHING = frozenset(
    "none null nil true false yes no on off nan n/a na unset undefined missing redacted masked".split()  # noqa: SIM905 -- words
)
#: Where a secret is yet to be filled in, or hidden already: `<token>`, `[PAD]`, `${HF_TOKEN}`, `{{ secret }}`, `???`.
PLACEHOLDER = re.compile(
    r"[*\u2022]+|[x.?_-]{3,}|<[^<>]*>|\[[A-Z_ ]+\]|\$\{\{?[^{}]*\}?\}|\$\([^()]*\)|\$[A-Z_][A-Z0-9_]*|\{\{[^{}]*\}\}"
    r"|\{[\w.:!\[\]()]*\}|%\(\w+\)s|%\w+%|(?i:your)[-_ ][\w -]*|@\w+\([^()]*\)|[\w-]{0,24}\.\.\."
    r"|\[(?:'[A-Z][A-Z0-9_]*'(?:, )?)*\]"
)
#: A path: from a root that is known, relative to here, or with an ending that files have. Keys in base 64 start with a
#: slash too, every 64th.
PATH = re.compile(
    r"(?:~|\.{1,2})[/\\].*|/(?:app|bin|content|data|dbfs|dev|efs|etc|home|kaggle|lustre|media|mnt|nfs|opt|private|proc|"
    r"project|projects|root|run|scratch|secrets?|shared|srv|sys|tmp|Users|usr|var|vault|Volumes|work|workspace)(?:/.*)?"
    r"|[A-Za-z]:[\\/].*|[\w./\\-]+\.(?:json|ya?ml|txt|pem|key|crt|env|toml|ini|cfg|conf|p12|pfx|jks|token|secret|"
    r"model|bin|pt|pth|csv|py)"
)
#: Where a secret is kept: a URL (what it carries is looked at on its own), or an address in a store.
REFERENCE = re.compile(
    r"[a-z][a-z0-9+.-]{1,30}://.*|arn:aws[\w-]*:.*|projects/[^/]+/secrets/.*|(?:vault|env|ssm|keyring|secret):[\w/.-]+|"
    r"os\.environ[/.\[(].*",
    re.DOTALL,
)
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
RANDOM = re.compile(r"[A-Za-z0-9_\-+/=.~%:]{16,4096}")
#: How often neighbours are of two kinds (a digit, a small, a capital letter): in words seldom, in random text mostly.
CHANGE = re.compile(r"(?:(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z])")
LEAST_CHANGES = 0.2


def harmless(text: str) -> bool:
    """Is it plainly no secret, though its name says so: nothing, a placeholder, a path, the name of a variable?"""
    text = text.strip()
    if not text or text.lower() in NOTHING:
        return True
    if len(text) > MOST:
        return False
    if PLACEHOLDER.fullmatch(text) or PATH.fullmatch(text) or REFERENCE.fullmatch(text):
        return True
    return VARIABLE.fullmatch(text) is not None and verdict(text, variable=True) >= Verdict.SECRET


def random_looking(text: str) -> bool:
    """Is it a text that nobody made up: 16 characters or more, without spaces, letters and digits mixed?"""
    if not RANDOM.fullmatch(text) or PATH.fullmatch(text[:MOST]) or REFERENCE.fullmatch(text[:MOST]):
        return False
    return len(CHANGE.findall(text)) >= LEAST_CHANGES * len(text)
