"""The URL of a workspace."""

from __future__ import annotations

import pytest

from tracklayer.drivers.databricks.config import DatabricksConfig
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize(
    ("url", "profile", "folder", "written"),
    [
        ("databricks:", None, None, "databricks://"),
        ("databricks://", None, None, "databricks://"),
        ("DATABRICKS://Team-A", "Team-A", None, "databricks://Team-A"),
        ("databricks://my%20team/", "my team", None, "databricks://my%20team"),
        ("databricks://a?folder=/Shared/x y/", "a", "/Shared/x y", "databricks://a?folder=/Shared/x%20y"),
        (
            "databricks://?folder=/Workspace/Users/me@x.org",
            None,
            "/Users/me@x.org",
            "databricks://?folder=/Users/me@x.org",
        ),
    ],
)
def test_a_url_names_a_profile_and_a_folder(url: str, profile: str | None, folder: str | None, written: str) -> None:
    config = DatabricksConfig.read(url, {})
    assert (config.profile, config.folder, config.url) == (profile, folder, written)
    assert DatabricksConfig.read(written, {}) == config


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("databricks://a/b", "not a workspace"),
        ("databricks://scope:prefix", "no profile"),
        ("databricks://a?folder=x", "no folder"),
        ("databricks://a?folder=/a/../b", "no folder"),
        (f"databricks://a?folder=/{'x' * 300}", "at most 200"),
        ("databricks://a?token=dapi123", "unknown option 'token'"),
        ("databricks://a?folder=/a&folder=/b", "twice"),
        ("mlflow+http://a", "not a workspace"),
    ],
)
def test_a_url_that_is_wrong_is_refused_in_one_line_without_its_query(url: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        DatabricksConfig.read(url, {})
    assert "\n" not in str(caught.value)
    assert "dapi123" not in str(caught.value)
