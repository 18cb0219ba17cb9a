"""A provider's alphabet, and the one reversible spelling of names that do not fit it.

* A name that is legal and does not look like a spelling stays as it is.
* Any other is spelt `tlx_` + the name with every character outside `safe` as `_<hex code point>z`.
* A spelling that is too long is cut to a readable head: `tlh_` + head + `_` + a digest of the name. It cannot be read
  back alone; `layers/residue.py` keeps the name.
* A name that looks like either is spelt itself, so `spell` is injective.
* tracklayer's own keys are `tracklayer.<key>`, or `tlo_<key>` where that is not legal. No spelling looks like one.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Annotated

from pydantic import Field, model_validator

from tracklayer.errors import InvalidInput
from tracklayer.model.base import Model
from tracklayer.spi.limits import Bound

#: How tracklayer's own keys begin.
OWN = "tracklayer."
#: Hex digits of the digest in a shortened name: 80 bits.
DIGEST = 20
#: `tlh_` + the digest + its `_`: what a shortened name takes beside its head.
SHORTEST = 4 + 1 + DIGEST


class Naming(Model):
    """How one kind of name may look.

    * `pattern`: a regular expression that a legal name matches whole (`re.DOTALL` is off).
    * `longest`: the limit on its length; at least 25.
    * `safe`: the characters that may stand anywhere in a name, lower-case letters and digits at the least.
    * `escape`: one character that may stand inside a name; not in `safe`.
    * `reserved`: names, as a regular expression, that are legal but mean something else to the provider.
    * `folds_case`: the provider takes `a` and `A` as one.
    """

    pattern: str = r"(?s).*"
    longest: Bound | None = None
    safe: str = ascii_lowercase + ascii_uppercase + digits
    escape: Annotated[str, Field(min_length=1, max_length=1)] = "_"
    reserved: str | None = None
    folds_case: bool = False
    source: str = ""

    @model_validator(mode="after")
    def _can_spell(self) -> Naming:
        missing = sorted(set(ascii_lowercase + digits) - set(self.safe))
        if missing:
            message = f"safe: has no {''.join(missing)}: a spelling is made of lower-case letters and digits"
            raise InvalidInput(message)
        if self.escape in self.safe:
            message = f"escape: {self.escape!r} is in safe: it would not be told from a name's own"
            raise InvalidInput(message)
        if self.longest is not None and self.longest.most < SHORTEST:
            message = f"longest: {self.longest.most} is less than the {SHORTEST} that a shortened name takes"
            raise InvalidInput(message)
        return self

    def legal(self, text: str) -> bool:
        """Would the provider take this text as a name?"""
        return re.fullmatch(self.pattern, text) is not None and (self.longest is None or self.longest.holds(text))

    def spell(self, name: str) -> str:
        """The text that stands for `name` with the provider."""
        return _spell(self, name)

    def shortened(self, text: str) -> bool:
        """Is this a spelling that kept only a head of the name?"""
        return text.startswith(f"tlh{self.escape}") and len(text) >= SHORTEST

    def read(self, text: str) -> str:
        """The name that `text` stands for. A shortened one, and one we did not spell, is returned as it is."""
        mark = f"tlx{self.escape}"
        if not text.startswith(mark):
            return text
        name = _unescape(text.removeprefix(mark), self.escape)
        return name if name and self.spell(name) == text else text

    def own(self, key: str) -> str:
        """The text of tracklayer's own `key` (lower-case letters and digits, at most 20)."""
        plain = OWN + key
        return plain if self.legal(plain) else f"tlo{self.escape}{key}"

    def read_own(self, text: str) -> str | None:
        """The own key that `text` stands for; None for any other name."""
        for mark in (OWN, f"tlo{self.escape}"):
            if text.startswith(mark):
                return text.removeprefix(mark)
        return None

    def taken(self, name: str) -> bool:
        """Is this legal text kept for something else: a spelling, or a name the provider uses itself?"""
        folded = name.lower() if self.folds_case else name
        if folded.startswith((OWN, f"tlo{self.escape}", f"tlx{self.escape}", f"tlh{self.escape}")):
            return True
        if self.folds_case and name != folded:
            return True
        return self.reserved is not None and re.fullmatch(self.reserved, name) is not None

    @property
    def kept(self) -> str:
        """The characters that a spelling leaves as they are."""
        return self.safe.lower() if self.folds_case else self.safe


@lru_cache(maxsize=65_536)
def _spell(naming: Naming, name: str) -> str:
    if naming.legal(name) and not naming.taken(name):
        return name
    whole = f"tlx{naming.escape}" + _escape(name, naming.kept, naming.escape)
    if naming.longest is None or naming.longest.holds(whole):
        return _checked(naming, whole, name)
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGEST]
    head = "".join(letter for letter in name if letter in naming.kept)[: naming.longest.most - SHORTEST]
    while head and not naming.legal(f"tlh{naming.escape}{head}{naming.escape}{digest}"):
        head = head[:-1]
    return _checked(naming, f"tlh{naming.escape}{head}{naming.escape}{digest}", name)


def _checked(naming: Naming, text: str, name: str) -> str:
    if not naming.legal(text):
        message = f"{name!r} cannot be spelt for {naming.pattern}: this Naming is inconsistent"
        raise InvalidInput(message)
    return text


def _escape(name: str, kept: str, escape: str) -> str:
    return "".join(letter if letter in kept else f"{escape}{ord(letter):x}z" for letter in name)


def _unescape(text: str, escape: str) -> str | None:
    parts = text.split(escape)
    letters = [parts[0]]
    for part in parts[1:]:
        code, found, rest = part.partition("z")
        if not found or not re.fullmatch(r"[0-9a-f]{1,6}", code) or not _is_character(int(code, 16)):
            return None
        letters += [chr(int(code, 16)), rest]
    return "".join(letters)


def _is_character(code: int) -> bool:
    """Half of a surrogate pair is none: no text of ours holds it."""
    return code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF  # noqa: PLR2004 -- Unicode
