"""Merging: runs of several places in one order, page by page."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

import msgspec
from mlflow.entities import Run
from mlflow.utils.search_utils import SearchUtils

from tracklayer.errors import InvalidInput

#: A page of a place, by the token that leads to it: its runs, and the token of the next one.
Fetch = Callable[[str | None], tuple[list[Run], str | None]]


class At(msgspec.Struct, array_like=True):
    """Where a place's runs go on: in the page of this token, behind so many of its runs. `done`: there are no more."""

    page: str | None = None
    behind: int = 0
    done: bool = False


class _Stream:
    """The runs of one place, one after the other."""

    def __init__(self, fetch: Fetch, at: At) -> None:
        self.at = at
        self._fetch = fetch
        self._runs: list[Run] = []
        self._next: str | None = None
        if not at.done:
            self._runs, self._next = fetch(at.page)

    @property
    def head(self) -> Run | None:
        """The run that comes next."""
        while not self.at.done and self.at.behind >= len(self._runs):
            if self._next is None:
                self.at = At(done=True)
            else:
                self.at = At(self._next)
                self._runs, self._next = self._fetch(self.at.page)
        return None if self.at.done else self._runs[self.at.behind]

    def drop(self) -> None:
        """That one is taken."""
        self.at = At(self.at.page, self.at.behind + 1)


def merged(
    fetches: Mapping[str, Fetch], order_by: Sequence[str] | None, most: int | None, token: str | None
) -> tuple[list[Run], str | None]:
    """A page of the runs of several places, each of which gives its own in this order. `InvalidInput`."""
    ats = _read(token)
    streams = {key: _Stream(fetch, ats.get(key, At())) for key, fetch in fetches.items()}
    found: list[Run] = []
    while heads := {key: head for key, stream in streams.items() if (head := stream.head) is not None}:
        if len(found) == most:
            return found, _token({key: stream.at for key, stream in streams.items()})
        first = SearchUtils.sort(list(heads.values()), order_by)[0]
        found.append(first)
        next(streams[key] for key, head in heads.items() if head is first).drop()
    return found, None


def _token(ats: Mapping[str, At]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(ats)).decode()


def _read(token: str | None) -> dict[str, At]:
    if not token:
        return {}
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=dict[str, At])
    except (ValueError, msgspec.MsgspecError):
        message = f"Invalid page token, could not be decoded: {token!r:.80}"
        raise InvalidInput(message) from None
