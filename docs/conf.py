"""How Sphinx builds these pages: Markdown, strictly, and without any network."""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Any

from tracklayer import ActiveRun
from tracklayer.model import Model

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "tracklayer"
author = "the tracklayer authors"
copyright = f"2026, {author}"
release = version = version_of("tracklayer")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "changes/[0-9]*"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

# The API pages come from the docstrings, where one backtick means code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_default_options = {
    "members": True,
    "undoc-members": True,
    "show-inheritance": True,
    # pydantic's own, the same on every model
    "exclude-members": "model_config, model_fields, model_computed_fields, model_post_init",
}
python_use_unqualified_type_names = True

# The short types by their own names, not by what pydantic makes of them.
autodoc_type_aliases = {
    alias: f"tracklayer.model.{module}.{alias}"
    for module, aliases in {
        "values": ("Text", "Name", "ParamValue", "Instant"),
        "ids": ("Id", "Owner"),
        "run": ("Status",),
        "artifact": ("ArtifactPath",),
        "points": ("Ints", "Floats"),
        "query": ("Entity", "Operator", "View"),
    }.items()
    for alias in aliases
}

# Strict about our own names. Others' (the standard library, pydantic) would need their inventories from the network.
nitpicky = True
# Private names and type variables have no entry of their own.
nitpick_ignore_regex = [("py:.*", r"(?!tracklayer\.).*"), ("py:.*", r"tracklayer\..*\.(_\w+|[A-Z])")]
nitpick_ignore = [("py:class", "tracklayer.model.artifact.checked_path")]
# "More than one target": fields named as a builtin (`bytes`) are taken for it. Targets that are missing stay errors.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = "tracklayer"
html_copy_source = False
html_theme_options = {"source_repository": "", "top_of_page_buttons": []}


def without_signature(_app: Sphinx, _what: str, _name: str, thing: Any, *_: Any) -> tuple[str, None] | None:
    """The signature of a model is its fields, listed below it: pydantic's own spells out every validator.

    An `ActiveRun` is made by `start_run` only.
    """
    return ("", None) if isinstance(thing, type) and issubclass(thing, (Model, ActiveRun)) else None


def one_bullet_a_line(_app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """Short bullets share a line in the sources; on a page each has its own."""
    lines[:] = [part for line in lines for part in re.sub(r"(?<=\.) \* (?=`)", "\n* ", line).split("\n")]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", without_signature)
    app.connect("autodoc-process-docstring", one_bullet_a_line)
