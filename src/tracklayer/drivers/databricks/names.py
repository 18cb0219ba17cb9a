"""The names of experiments and the paths that Databricks knows them by.

* A name that is a path (`/Users/me@example.com/digits`) is the path.
* Any other name is below a folder: the URL's, or the home of whoever asks. A tag of the experiment says so, hence it
  comes back as it was given, while `/Users/me@example.com/digits` that somebody made comes back as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: The tag of an experiment whose name is no path: the folder it was put in.
FOLDER = "tracklayer.folder"
#: Databricks takes a path of its files for that of the workspace, and names it without this (mlflow/mlflow#11077).
FILES = "/Workspace"
#: One part of a path: no control characters, no blanks at its ends, not `.` and not `..`.
PART = r"(?!\.{1,2}(?:/|$))(?! )[^/\x00-\x1f\x7f-\xa0]+(?<! )"
#: Two parts at the least: what stands in the root of a workspace is no place for experiments.
PATH = re.compile(rf"(?:/{PART}){{2,}}")
#: What is legal as a name: a path, or one part.
NAME = rf"(?:/{PART}){{2,}}|{PART}"


def plain_path(given: str) -> str | None:
    """A path as Databricks names it; None for what is none."""
    path = given.removeprefix(FILES) if given.startswith(f"{FILES}/") else given
    return path if re.fullmatch(rf"(?:/{PART})+", path) else None


def parent(path: str) -> str:
    """The folder that a path is in; empty for the root."""
    return path.rpartition("/")[0]


class Folder:
    """Where names are put that are no paths. `find`: says its path when it is first needed, and remembers it."""

    def __init__(self, find: Callable[[], str]) -> None:
        self._find = find

    def path(self, name: str) -> str:
        """The path of a name."""
        return plain_path(name) or name if name.startswith("/") else f"{self._find()}/{name}"

    def tag(self, name: str) -> str | None:
        """What the tag of an experiment of that name says; None for one whose name is a path."""
        return None if name.startswith("/") else self._find()

    def name(self, path: str, tag: str | None) -> str:
        """The name of a path, given what its tag says. One that was moved elsewhere since has its path for a name."""
        if tag is None or parent(path) != tag or tag != self._find():
            return path
        return path.rpartition("/")[2]
