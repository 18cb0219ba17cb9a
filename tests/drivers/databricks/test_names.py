"""Names of experiments, and the paths of the workspace."""

from __future__ import annotations

import pytest

from tracklayer.drivers.databricks import DATABRICKS
from tracklayer.drivers.databricks.names import Folder, parent, plain_path

HOME = "/Users/me@x.org"


@pytest.mark.parametrize("name", ["digits", "a b", "é🚀", "tlx_a_2fzb"])
def test_a_name_is_put_into_the_folder_and_comes_back(name: str) -> None:
    folder = Folder(lambda: HOME)
    assert DATABRICKS.names.experiment.legal(name)
    assert folder.path(name) == f"{HOME}/{name}"
    assert folder.name(folder.path(name), folder.tag(name)) == name


@pytest.mark.parametrize("path", ["/Shared/team/digits", f"{HOME}/digits", "/ml/x"])
def test_a_path_is_what_it_is_without_asking_for_the_folder(path: str) -> None:
    folder = Folder(pytest.fail)
    assert DATABRICKS.names.experiment.spell(path) == path
    assert (folder.path(path), folder.tag(path), folder.name(path, None)) == (path, None, path)


def test_the_path_of_a_file_of_the_workspace_is_the_workspaces_own() -> None:
    """MLflow's client makes `/Workspace/Shared/x` and never finds it again: mlflow/mlflow#11077."""
    assert plain_path("/Workspace/Shared/x") == "/Shared/x"
    assert Folder(lambda: HOME).path("/Workspace/Shared/x") == "/Shared/x"


@pytest.mark.parametrize(
    "name", ["/", "/a", "/a/", "//a/b", "/a/../b", "/a/./b", "a/b", "/a/ b", "/a/b ", ".", " a", "a\n"]
)
def test_what_is_neither_a_path_nor_a_part_of_one_is_spelt(name: str) -> None:
    naming = DATABRICKS.names.experiment
    spelling = naming.spell(name)
    assert (spelling != name, "/" in spelling, naming.read(spelling)) == (True, False, name)


def test_an_experiment_that_was_moved_or_put_elsewhere_has_its_path_for_a_name() -> None:
    folder = Folder(lambda: HOME)
    assert folder.name("/Shared/digits", HOME) == "/Shared/digits"
    assert folder.name("/Shared/digits", "/Shared") == "/Shared/digits"
    assert parent("/Shared/digits") == "/Shared"
