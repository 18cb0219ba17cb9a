"""Hides secrets from params, tags, environments, command lines and texts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from tracklayer.api.redaction.marker import HIDDEN
from tracklayer.api.redaction.names import Verdict, counts, verdict
from tracklayer.api.redaction.settings import Redaction, compiled
from tracklayer.api.redaction.texts import clean
from tracklayer.api.redaction.values import harmless, random_looking
from tracklayer.model import ParamValue

OPTION = re.compile(r"[-+~]{0,2}([A-Za-z_][\w.\-/@]*)")
#: What follows an option is its value, unless it is one itself.
LONG = re.compile("--[A-Za-z]")
#: `curl -u me:password`: https://curl.se/docs/manpage.html#-u
USERS = frozenset({"-u", "--user", "--proxy-user", "-U"})
USER = re.compile(r"([^:\s]+):(?!\d+$|//)(\S+)")
#: Of a key, in a line of `hidden`.
SHOWN = 120


class Redactor:
    """Hides what looks like a secret, and remembers where.

    * The marker `***` takes the place of a whole value, or of the secret within a larger text.
    * To redact twice is to redact once. It may be used by several threads.
    * No value is kept, in `hidden` or elsewhere.
    """

    def __init__(self, redaction: Redaction = Redaction()) -> None:  # noqa: B008 -- it is frozen
        self.redaction = redaction
        self._allow = tuple(compiled(pattern) for pattern in redaction.allow)
        self._deny = tuple(compiled(pattern) for pattern in redaction.deny)
        self._hidden: dict[str, None] = {}
        self._lock = Lock()

    @property
    def hidden(self) -> list[str]:
        """What was hidden so far, in order, each place and reason once: `params.api_key: its name`."""
        with self._lock:
            return list(self._hidden)

    def params(self, params: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Params without secrets. Truth values stay; of numbers only a whole one is hidden, under a secret's name."""
        return {key: self._param(key, value) for key, value in params.items()} if self._on else dict(params)

    def tags(self, tags: Mapping[str, str]) -> dict[str, str]:
        """Tags without secrets."""
        return {key: self._named("tags", key, value) for key, value in tags.items()} if self._on else dict(tags)

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Environment variables without secrets."""
        if not self._on:
            return dict(environ)
        return {key: self._named("env", key, value, variable=True) for key, value in environ.items()}

    def command(self, words: Sequence[str]) -> str:
        """A command line in one text, without the values of options (`--api-key X`, `token=X`) that are secret."""
        shown = list(self._words(words)) if self._on else words
        text = shlex.join(shown).replace(shlex.quote(HIDDEN), HIDDEN)
        return text.encode("utf-8", "replace").decode()

    def text(self, where: str, text: str) -> str:
        """One text without secrets: a description, the URL of a remote. `where` is its key."""
        return self._within(where, where, text) if self._on else text

    @property
    def _on(self) -> bool:
        return self.redaction.enabled

    def _param(self, key: str, value: ParamValue) -> ParamValue:
        if isinstance(value, str):
            return self._named("params", key, value)
        number = isinstance(value, int) and not isinstance(value, bool)
        if not self._deny and not (number and verdict(key) >= Verdict.SECRET and not counts(key)):
            return value
        where = f"params.{key}"
        if self._denies(where) or self._denies(str(value)):
            return self._hide(where, "denied")
        if self._allows(where, key) or not (number and verdict(key) >= Verdict.SECRET and not counts(key)):
            return value
        return self._hide(where, "its name")

    def _named(self, section: str, key: str, text: str, *, variable: bool = False) -> str:
        where = f"{section}.{key}"
        judged = verdict(key, variable=variable)
        if judged is Verdict.PLAIN or self._exempt(where, key, text):
            return self._within(where, key, text)
        if judged is Verdict.MAYBE and random_looking(text):
            return self._hide(where, "its name and its look")
        if judged is not Verdict.MAYBE and not harmless(text):
            return self._hide(where, "its name")
        left = self._within(where, key, text)
        return left if judged is Verdict.MAYBE or left == text else HIDDEN  # not half of it, under such a name

    def _within(self, where: str, key: str, text: str) -> str:
        if text == HIDDEN:
            return text
        if self._deny and (self._denies(where) or self._denies(text)):
            return self._hide(where, "denied")
        if self._allow and self._allows(where, key):
            return text
        cleaned, reasons = clean(text)
        for reason in reasons:
            self._hide(where, reason)
        return self._hide(where, "denied") if reasons and self._denies(cleaned) else cleaned

    def _words(self, words: Iterable[str]) -> Iterable[str]:
        option, before = "", ""
        for word in words:
            name, option = option, ""
            if name and not LONG.match(word) and self._telling(name):
                yield self._named("command", name, word)
            elif before in USERS and (user := USER.fullmatch(word)) and not harmless(user[2]):
                yield f"{user[1]}:{self._hide('command', 'the password of a user')}"
            else:
                first, equals, rest = word.partition("=")
                match = OPTION.fullmatch(first)
                option = match[1] if match and not equals and word.startswith("-") else ""
                if match and equals and not clean(first)[1]:  # a key in base 64 may end in `=`: it is no name
                    yield f"{first}={self._named('command', match[1], rest)}"
                else:
                    yield self._within("command", "command", word)
            before = word

    def _telling(self, name: str) -> bool:
        return verdict(name) is not Verdict.PLAIN or self._denies(f"command.{name}")

    def _exempt(self, where: str, key: str, text: str) -> bool:
        return text == HIDDEN or (self._allows(where, key) and not (self._denies(where) or self._denies(text)))

    def _allows(self, where: str, key: str) -> bool:
        return any(pattern.fullmatch(where) or pattern.fullmatch(key) for pattern in self._allow)

    def _denies(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self._deny)

    def _hide(self, where: str, why: str) -> str:
        shown = where if len(where) <= SHOWN else f"{where[:SHOWN]}..."
        line = f"{shown if shown.isprintable() else ascii(shown)[1:-1]}: {why}"
        with self._lock:
            self._hidden[line] = None
        return HIDDEN
