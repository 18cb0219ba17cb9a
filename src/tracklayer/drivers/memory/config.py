"""What a `memory:` URL says."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from tracklayer.errors import InvalidInput
from tracklayer.model import Model
from tracklayer.model.values import Name

SHAPE = "memory://NAME[?like=PROVIDER]"


class MemoryConfig(Model):
    """`memory://NAME[?like=PROVIDER]`.

    * `name`: which of this process's stores; two drivers of one name see the same data.
    * `like`: the provider whose traits are taken on; None keeps the fake's own, which know no limit.
    """

    scheme: Literal["memory"] = "memory"
    name: Name
    like: Name | None = None

    @classmethod
    def of(cls, url: str) -> MemoryConfig:
        """The settings in a URL. `InvalidInput` for anything that is not of the shape above."""
        parts = urlsplit(url)
        options = parse_qsl(parts.query, keep_blank_values=True)
        unknown = sorted({key for key, _ in options} - {"like"})
        if unknown:
            message = f"memory: unknown option {unknown[0]!r}; write {SHAPE}"
            raise InvalidInput(message)
        if not parts.netloc or parts.path not in {"", "/"} or parts.fragment or len(options) > 1:
            message = f"memory: not a place of this kind: {parts._replace(query='').geturl()!r}; write {SHAPE}"
            raise InvalidInput(message)
        return cls(scheme=parts.scheme, name=unquote(parts.netloc), **dict(options))

    @property
    def url(self) -> str:
        """The URL that says the same."""
        query = f"?{urlencode({'like': self.like})}" if self.like else ""
        return f"memory://{quote(self.name, safe='')}{query}"
