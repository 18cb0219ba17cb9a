"""Data sets: the digest tells one content from another, and is the same for the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tracklayer.api.datasets import dataset_of
from tracklayer.errors import InvalidInput
from tracklayer.model import Dataset


def test_a_file_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert dataset_of(path, context="train") == Dataset(
        name="data.csv",
        digest=hashlib.sha256(b"a,b\n1,2\n").hexdigest()[:32],
        kind="local",
        source=str(path.resolve()),
        context="train",
    )
    assert dataset_of(str(path), name="mine").name == "mine"


def test_a_folder_by_the_names_and_bytes_in_it(tmp_path: Path) -> None:
    def made(name: str, files: dict[str, str]) -> str:
        for relative, text in files.items():
            path = tmp_path / name / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        found = dataset_of(tmp_path / name)
        assert found.name == name
        return found.digest

    base = made("a", {"x/1": "one", "y": "two"})
    assert made("b", {"y": "two", "x/1": "one"}) == base
    others = [
        made("c", {"x/1": "one", "y": "TWO"}),
        made("d", {"x/2": "one", "y": "two"}),
        made("e", {"x/1": "one"}),
        made("f", {"x/1": "two", "y": "one"}),
        made("g", {"x/1": "one", "y": "two", "z": ""}),
    ]
    assert len({base, *others}) == 6


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"n": [1, 2], "s": ["a", "b"], **columns})


def test_a_table_by_its_columns(tmp_path: Path) -> None:
    found = dataset_of(frame(), name="digits", context="eval")
    assert (found.name, found.kind, found.context) == ("digits", "pandas", "eval")
    assert json.loads(found.columns or "") == [
        {"name": "n", "type": "int64"},
        {"name": "s", "type": str(frame()["s"].dtype)},
    ]
    assert json.loads(found.profile or "") == {"num_rows": 2, "num_elements": 4}
    path = tmp_path / "again.pkl"
    frame().to_pickle(path)
    assert dataset_of(pd.read_pickle(path)).digest == found.digest  # noqa: S301 -- our own file
    assert dataset_of(frame()).name == "dataset"


@pytest.mark.parametrize(
    "other",
    [
        frame(n=[1, 3]),
        frame(n=[1.0, 2.0]),
        frame(s=["ab", ""]),
        frame(t=[0, 0]),
        frame().rename(columns={"n": "m"}),
        frame()[["s", "n"]],
        frame().set_axis([5, 6]),
        frame().iloc[:1],
        frame(s=["a", None]),
    ],
)
def test_any_change_of_a_table_changes_its_digest(other: pd.DataFrame) -> None:
    assert dataset_of(other).digest != dataset_of(frame()).digest


def test_columns_may_share_a_name() -> None:
    doubled = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert dataset_of(doubled).digest != dataset_of(pd.DataFrame([[2, 1]], columns=["a", "a"])).digest


class PolarsSeries:
    """What log_input uses of a polars series."""

    def __init__(self, name: str, values: Any) -> None:
        self.name = name
        self.values = np.asarray(values)
        self.dtype = "Int64"

    def to_numpy(self) -> Any:
        return self.values


class PolarsFrame:
    def __init__(self, **columns: Any) -> None:
        self.held = [PolarsSeries(name, values) for name, values in columns.items()]

    def get_columns(self) -> list[PolarsSeries]:
        return self.held


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda n: pa.table({"n": n, "d": ["x", "y"]}), "pyarrow"),
        (lambda n: pd.Series(n, name="n"), "pandas"),
        (lambda n: pd.DataFrame({"when": pd.to_datetime(n)}), "pandas"),
        (np.array, "numpy"),
        (lambda n: np.array(n, dtype=object), "numpy"),
        (lambda n: np.array([n]).T, "numpy"),
        (lambda n: PolarsFrame(n=n), PolarsFrame.__module__.partition(".")[0]),
    ],
)
def test_tables_and_arrays_of_any_library(make: Callable[[list[int]], Any], kind: str) -> None:
    found = dataset_of(make([1, 2]))
    assert found == dataset_of(make([1, 2]))
    assert found.digest != dataset_of(make([1, 3])).digest
    assert found.kind == kind
    assert json.loads(found.profile or "")["num_rows"] == 2
    assert len(found.digest) == 32


def test_shape_and_type_of_an_array_count() -> None:
    row = np.arange(4, dtype="int32")
    digests = {dataset_of(array).digest for array in (row, row.reshape(2, 2), row.astype("int64"), row.view("float32"))}
    assert len(digests) == 4
    assert dataset_of(np.asfortranarray(row.reshape(2, 2))).digest == dataset_of(row.reshape(2, 2)).digest
    assert json.loads(dataset_of(np.array(1.5)).profile or "") == {"num_rows": 1, "num_elements": 1}


def test_a_data_set_as_it_is() -> None:
    given = Dataset(name="a", digest="b", source="s3://bucket/x", context="train")
    assert dataset_of(given) == given
    assert dataset_of(given, name="c", context="eval") == Dataset(
        name="c", digest="b", source="s3://bucket/x", context="eval"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("s3://bucket/x", r"^cannot read 's3:/bucket/x': No such file"),
        ("\0", r"^cannot read "),
        (3, r"^log_input takes a Dataset, a file or folder, a table or an array, not int$"),
        ([1, 2], r"^log_input takes .*, not list$"),
    ],
)
def test_what_is_no_data_set(given: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        dataset_of(given)
