"""What the HParams plugin says of a run: params, and when and how it ended (plugins/hparams/plugin_data.proto)."""

from __future__ import annotations

import json
from typing import Any

from tracklayer.drivers import _protobuf as protobuf
from tracklayer.model import ParamValue, Status

#: Fields of HParamsPluginData, of SessionStartInfo and of SessionEndInfo.
START, END = 3, 4
HPARAMS, STARTED = 1, 5
STATUS, ENDED = 1, 2
#: plugins/hparams/api.proto: Status.
STATUSES: dict[int, Status] = {1: "finished", 2: "failed", 3: "running"}


class Session:
    """What was said so far."""

    def __init__(self) -> None:
        self.params: dict[str, ParamValue] = {}
        self.started: float | None = None
        self.ended: float | None = None
        self.status: Status | None = None

    def read(self, content: bytes) -> None:
        """Take in the content of an event."""
        for part, data in protobuf.fields(content):
            if part == START:
                for field, value in protobuf.fields(data):
                    if field == HPARAMS:
                        pair = dict(protobuf.fields(value))
                        self.params[protobuf.text(pair.get(1, b""))] = _param(pair.get(2, b""))
                    elif field == STARTED:
                        self.started = protobuf.double(value)
            elif part == END:
                end = dict(protobuf.fields(data))
                self.status = STATUSES.get(end.get(STATUS, 0))
                self.ended = protobuf.double(end[ENDED]) if ENDED in end else None


def _param(data: bytes) -> ParamValue:
    value = _value(data)
    return value if isinstance(value, (bool, float, str)) else json.dumps(value, ensure_ascii=False)


def _value(data: bytes) -> Any:
    """A google.protobuf.Value: a number is a double."""
    for field, value in protobuf.fields(data):
        if field == 2:  # noqa: PLR2004 -- struct.proto: number_value
            return protobuf.double(value)
        if field == 3:  # noqa: PLR2004 -- string_value
            return protobuf.text(value)
        if field == 4:  # noqa: PLR2004 -- bool_value
            return bool(value)
        if field == 5:  # noqa: PLR2004 -- struct_value
            pairs = (dict(protobuf.fields(pair)) for number, pair in protobuf.fields(value) if number == 1)
            return {protobuf.text(pair.get(1, b"")): _value(pair.get(2, b"")) for pair in pairs}
        if field == 6:  # noqa: PLR2004 -- list_value
            return [_value(one) for number, one in protobuf.fields(value) if number == 1]
    return None
