"""The rules that resources of both services are held to: labels, display names, metadata, masks.

* Sources: the docstrings of google/cloud/aiplatform_v1/types/{context,artifact,execution,tensorboard*}.py.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence

from tracklayer.emulators.vertex.core import Core
from tracklayer.emulators.vertex.errors import ApiError, invalid
from tracklayer.emulators.vertex.messages import Message

#: "No more than 64 user labels", "no longer than 64 characters".
LABELS, LABEL = 64, 64
#: "May be up to 128 Unicode characters."
DISPLAY_NAME = 128
#: "The size of this field should not exceed 200KB."
METADATA_KB = 200


def labels(given: Message) -> None:
    """Labels of a resource or an event. Raises INVALID_ARGUMENT."""
    if len(given) > LABELS:
        raise invalid(f"No more than {LABELS} labels can be associated with a resource: there are {len(given)}.")
    for key, value in given.items():
        if not key or not (_plain(key) and _plain(value)):
            raise invalid(
                f"Label {key!r}: {value!r} is invalid: keys and values can be no longer than {LABEL} characters, and "
                "can only contain lowercase letters, numeric characters, underscores and dashes."
            )


def _plain(text: str) -> bool:
    return len(text) <= LABEL and re.fullmatch(r"[\w-]*", text) is not None and text == text.lower()


def display_name(given: str) -> None:
    """The display name of a context, an artifact or an execution. Raises INVALID_ARGUMENT."""
    if len(given) > DISPLAY_NAME:
        raise invalid(f"The display_name may be up to {DISPLAY_NAME} Unicode characters: it has {len(given)}.")


def metadata(core: Core, given: Message) -> None:
    """Metadata, trimmed as the service does it, then measured. Raises INVALID_ARGUMENT."""
    untidy = [key for key in given.fields if key != key.strip()]
    for key in untidy:
        value = type(given.fields[key])()
        value.CopyFrom(given.fields[key])
        del given.fields[key]
        given.fields[key.strip()].CopyFrom(value)
    if core.knobs.struct_nan == "refused" and _odd(given):
        raise invalid("The metadata has a number that is not finite: google.protobuf.Value cannot hold it.")
    limit = METADATA_KB * int(core.knobs.kilobyte)
    size = given.ByteSize() if core.knobs.metadata_measure == "proto" else _json_size(given)
    if size > limit:
        raise invalid(f"The size of the metadata should not exceed {METADATA_KB}KB: it has {size} bytes.")


def _odd(struct: Message) -> bool:
    return any(_odd_value(value) for value in struct.fields.values())


def _odd_value(value: Message) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        return not math.isfinite(value.number_value)
    if kind == "struct_value":
        return _odd(value.struct_value)
    return kind == "list_value" and any(map(_odd_value, value.list_value.values))


def _json_size(struct: Message) -> int:
    """The bytes of compact JSON; of a number that JSON has not, those of its name."""
    return len(json.dumps(_plain_value(struct), ensure_ascii=False, separators=(",", ":")).encode())


def _plain_value(given: Message) -> object:
    if given.DESCRIPTOR.name == "Struct":
        return {key: _plain_value(value) for key, value in given.fields.items()}
    kind = given.WhichOneof("kind")
    if kind == "struct_value":
        return _plain_value(given.struct_value)
    if kind == "list_value":
        return [_plain_value(value) for value in given.list_value.values]
    return None if kind in {None, "null_value"} else getattr(given, kind)


def fresh(kind: str, held: Message, given: str) -> None:
    """The etag of an update, if it has one, is the one that is held. Raises ABORTED, in the service's words (#1674)."""
    if given and given != held.etag:
        raise ApiError("ABORTED", f"Specified {kind} `etag`: `{given}` does not match server `etag`: `{held.etag}`")


def overwritten(
    held: Message, given: Message, mask: Sequence[str], fields: Iterable[str], *, unset_too: bool = False
) -> None:
    """Let `held` have the fields of `given` that an update means.

    * `mask`: what the request names; empty: the fields that are populated. `unset_too`: those that are not as well.
    * `fields`: those that can be changed. Others are left alone, as https://google.aip.dev/203 says of output only
      fields.
    """
    if "*" in mask:
        mask, unset_too = (), True
    for field in fields:
        named = field in mask if mask else (unset_too or _populated(given, field))
        if named:
            _put(held, given, field)


def mask_paths(core: Core, given: Message, asked: Message) -> list[str]:
    """The paths of an update mask, checked. Raises INVALID_ARGUMENT."""
    paths = list(given.paths)
    for path in paths:
        head, dot, _ = path.partition(".")
        known = path == "*" or head in asked.DESCRIPTOR.fields_by_name
        if not known or (dot and not (head == "metadata" and core.knobs.struct_paths == "accepted")):
            raise invalid(f"The update_mask has an invalid path: {path!r}.")
    return paths


def put_keys(held: Message, given: Message, paths: Iterable[str]) -> None:
    """Overwrite single keys of metadata; a key that is not given is removed."""
    for path in paths:
        key = path.partition(".")[2]
        if key in given.metadata.fields:
            held.metadata.fields[key].CopyFrom(given.metadata.fields[key])
        else:
            held.metadata.fields.pop(key, None)


def _populated(message: Message, field: str) -> bool:
    descriptor = message.DESCRIPTOR.fields_by_name[field]
    if descriptor.is_repeated:
        return bool(getattr(message, field))
    return bool(message.HasField(field)) if descriptor.has_presence else bool(getattr(message, field))


def _put(held: Message, given: Message, field: str) -> None:
    held.ClearField(field)
    descriptor = held.DESCRIPTOR.fields_by_name[field]
    value = getattr(given, field)
    if descriptor.is_repeated:
        if value:
            getattr(held, field).MergeFrom(value)
    elif descriptor.message_type is not None:
        if given.HasField(field):
            getattr(held, field).CopyFrom(value)
    else:
        setattr(held, field, value)
