"""Which workspace, and where experiments without a path go: from the URL."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from tracklayer.drivers._options import options
from tracklayer.drivers.databricks.names import plain_path
from tracklayer.drivers.mlflow.config import PATIENCE, seconds
from tracklayer.errors import InvalidInput
from tracklayer.model import Model
from tracklayer.spi import scheme_of

SHAPE = "databricks://PROFILE, or databricks:// for what the environment says"
#: A section of `~/.databrickscfg`.
PROFILE = re.compile(r"[^\x00-\x1f\x7f\[\]:@/]{1,255}")
#: Characters of a folder, at the most: an experiment's name holds 500 with it (mlflow/utils/validation.py:
#: MAX_EXPERIMENT_NAME_LENGTH), and 256 without it.
LONGEST_FOLDER = 200


class DatabricksConfig(Model):
    """One workspace.

    * `profile`: a section of `~/.databrickscfg`; None for the SDK's own chain. * `folder`: where experiments go whose
      name is no path; None for the home of whoever asks.
    * `patience`: seconds to wait for an answer, as with any MLflow server.
    """

    profile: str | None = None
    folder: str | None = None
    patience: float

    @classmethod
    def read(cls, url: str, environment: Mapping[str, str] | None = None) -> DatabricksConfig:
        """From `databricks://[PROFILE][?folder=/Shared/x]`. `InvalidInput`."""
        found = os.environ if environment is None else environment
        shown = url.partition("?")[0]
        place = urlsplit(url)
        profile = unquote(place.netloc)
        if scheme_of(url) != "databricks" or place.fragment or place.path.strip("/"):
            message = f"not a workspace of Databricks: {shown!r}; write {SHAPE}"
            raise InvalidInput(message)
        if profile and PROFILE.fullmatch(profile) is None:
            message = f"{shown!r}: {profile!r} is no profile of ~/.databrickscfg; write {SHAPE}"
            raise InvalidInput(message)
        folder = options(url, "folder").get("folder")
        return cls(profile=profile or None, folder=_folder(folder), patience=seconds(found.get(PATIENCE)))

    @property
    def url(self) -> str:
        """The place as tracklayer writes it."""
        folder = f"?folder={quote(self.folder, safe='/@')}" if self.folder else ""
        return f"databricks://{quote(self.profile or '', safe='')}{folder}"


def _folder(given: str | None) -> str | None:
    if not given:
        return None
    path = plain_path(given.rstrip("/"))
    if path is None or len(path) > LONGEST_FOLDER:
        message = (
            f"folder={given[:LONGEST_FOLDER]!r} is no folder of a workspace: give its path, at most {LONGEST_FOLDER}"
            " characters, as in /Shared/tracklayer"
        )
        raise InvalidInput(message)
    return path
