"""Place: where a list goes on, for a driver whose provider has no token of its own that says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tracklayer.errors import InvalidInput
from tracklayer.spi.page import Cursor

if TYPE_CHECKING:
    from typing_extensions import Self


class Place(msgspec.Struct):
    """What a cursor holds: subclass it, with a default for every field."""

    @classmethod
    def read(cls, after: Cursor | None) -> Self:
        """The place that a cursor names; the beginning for none. `InvalidInput`."""
        if after is None:
            return cls()
        try:
            return msgspec.json.decode(after, type=cls)
        except msgspec.MsgspecError:
            raise InvalidInput(f"not a cursor of this list: {after[:40]!r}") from None

    def text(self) -> Cursor:
        """The cursor that names it."""
        return msgspec.json.encode(self).decode()
