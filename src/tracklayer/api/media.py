"""Texts, dictionaries and figures as the bytes of a file."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from tracklayer.api.late import late
from tracklayer.errors import DriverMissing, InvalidInput


def suffix(path: str) -> str:
    """The suffix of a path without its dot, in small letters; empty when there is none."""
    return PurePosixPath(str(path)).suffix[1:].lower()


def text_bytes(text: str) -> bytes:
    """A text as UTF-8."""
    if not isinstance(text, str):
        message = f"a text is needed, not {type(text).__name__}"
        raise InvalidInput(message)
    try:
        return text.encode()
    except UnicodeEncodeError:
        message = "the text holds half of a surrogate pair and cannot be stored as UTF-8"
        raise InvalidInput(message) from None


def dict_bytes(dictionary: Any, path: str) -> bytes:
    """A dictionary or list as YAML (`.yaml`, `.yml`) or else JSON.

    JSON is written as MLflow does: what it does not know becomes its `str`, and NaN is `NaN`, which Python reads back.
    """
    if suffix(path) in {"yaml", "yml"}:
        return _yaml_bytes(dictionary, path)
    try:
        return text_bytes(json.dumps(dictionary, indent=2, default=str, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError) as error:
        message = f"{path!r}: JSON cannot hold it: {error}"
        raise InvalidInput(message) from None


def figure_bytes(figure: Any, path: str) -> bytes:
    """A figure of matplotlib, or of plotly (`.html` with all it needs inside, `.json`, pictures), by the suffix."""
    kind = suffix(path)
    try:
        if hasattr(figure, "savefig"):
            buffer = BytesIO()
            figure.savefig(buffer, format=kind)
            return buffer.getvalue()
        if hasattr(figure, "to_html") and hasattr(figure, "to_image"):
            if kind in {"html", "json"}:
                return text_bytes(figure.to_html() if kind == "html" else figure.to_json())
            return bytes(figure.to_image(format=kind))
    except (ValueError, RuntimeError, ImportError) as error:
        said = " ".join(str(error).split())
        if "kaleido" in said.lower():  # how plotly says that it makes pictures only with another package
            message = f"{path!r}: plotly needs the package 'kaleido' to make a picture; or write .html"
            raise DriverMissing(message, "pip install kaleido") from None
        message = f"{path!r}: the figure cannot be written in this format: {said}"
        raise InvalidInput(message) from None
    message = f"log_figure takes a figure of matplotlib or plotly, not {type(figure).__name__}"
    raise InvalidInput(message)


def _yaml_bytes(dictionary: Any, path: str) -> bytes:
    yaml = late("yaml", needed_for=f"{path!r}: YAML", pip="pip install pyyaml")
    try:
        return text_bytes(yaml.safe_dump(dictionary, sort_keys=False, allow_unicode=True))
    except (yaml.YAMLError, RecursionError) as error:
        message = f"{path!r}: YAML cannot hold it: {' '.join(str(error).split())}"
        raise InvalidInput(message) from None
