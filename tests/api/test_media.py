"""Dictionaries, figures, tables and pictures as files that other programs read."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import PIL.Image
import pyarrow as pa
import pytest
import yaml
from matplotlib.figure import Figure

from tracklayer.api.media import dict_bytes, figure_bytes
from tracklayer.api.pictures import image_bytes
from tracklayer.api.tables import table_bytes
from tracklayer.errors import DriverMissing, InvalidInput

# -- dictionaries


def test_a_dictionary_as_json_and_yaml() -> None:
    given = {"ä": [1, 0.5, None, True], "b": {"c": "x\ny"}}
    for path in ("a.json", "a", "a.txt"):
        assert json.loads(dict_bytes(given, path)) == given
    for path in ("a.yaml", "A.YML"):
        assert yaml.safe_load(dict_bytes(given, path)) == given


def test_what_json_does_not_know_becomes_its_str() -> None:
    assert json.loads(dict_bytes({"d": date(2026, 11, 23), "n": np.float32(0.5)}, "a.json")) == {
        "d": "2026-11-23",
        "n": "0.5",
    }


def circle() -> list[Any]:
    one: list[Any] = []
    one.append(one)
    return one


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        (circle(), "a.json", r"^'a\.json': JSON cannot hold it: Circular reference"),
        ({(1, 2): 3}, "a.json", r"^'a\.json': JSON cannot hold it: keys must be"),
        ({"a": object()}, "a.yaml", r"^'a\.yaml': YAML cannot hold it: "),
        ({"a": "\ud800"}, "a.json", r"half of a surrogate pair"),
    ],
)
def test_a_wrong_dictionary(given: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        dict_bytes(given, path)


@pytest.mark.parametrize(
    ("module", "call", "said"),
    [
        ("yaml", lambda: dict_bytes({}, "a.yaml"), r"'a\.yaml': YAML needs the package 'yaml'.*: pip install pyyaml$"),
        ("PIL", lambda: image_bytes(np.zeros((1, 1)), "a.png"), r"pip install 'tracklayer\[media\]'$"),
    ],
)
def test_a_missing_package_names_its_pip_command(
    monkeypatch: pytest.MonkeyPatch, module: str, call: Callable[[], object], said: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(module), *sys.meta_path])
    with pytest.raises(DriverMissing, match=said):
        call()


class Absent:
    """Makes a package look not installed."""

    def __init__(self, module: str) -> None:
        self.module = module

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == self.module:
            raise ModuleNotFoundError(name=self.module)


# -- figures


def drawn() -> Figure:
    figure = Figure()
    figure.add_subplot().plot([1, 2], [3, 4])
    return figure


@pytest.mark.parametrize(("path", "begins"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml"), ("b/a.pdf", b"%PDF")])
def test_a_figure_of_matplotlib(path: str, begins: bytes) -> None:
    with mpl.rc_context({"svg.hashsalt": "x"}):
        assert figure_bytes(drawn(), path).startswith(begins)


class Plotly:
    """What log_figure uses of a plotly figure."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault

    def to_html(self) -> str:
        return "<html>ü</html>"

    def to_json(self) -> str:
        return '{"data": []}'

    def to_image(self, *, format: str) -> bytes:
        if self.fault is not None:
            raise self.fault
        return f"as {format}".encode()


def test_a_figure_of_plotly() -> None:
    assert figure_bytes(Plotly(), "a.html") == "<html>ü</html>".encode()
    assert figure_bytes(Plotly(), "a.json") == b'{"data": []}'
    assert figure_bytes(Plotly(), "a.png") == b"as png"
    lacking = Plotly(ValueError('Image export using the "kaleido" engine requires the Kaleido package'))
    with pytest.raises(DriverMissing, match=r"needs the package 'kaleido' .*: pip install kaleido$"):
        figure_bytes(lacking, "a.png")


@pytest.mark.parametrize(
    ("figure", "path", "said"),
    [
        (drawn(), "a.xyz", r"^'a\.xyz': the figure cannot be written in this format: Format 'xyz' is not supported"),
        (drawn(), "a", r"^'a': the figure cannot be written in this format"),
        (Plotly(ValueError("Invalid format")), "a.xyz", r"cannot be written in this format: Invalid format$"),
        ("figure", "a.png", r"^log_figure takes a figure of matplotlib or plotly, not str$"),
    ],
)
def test_a_wrong_figure(figure: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        figure_bytes(figure, path)


# -- tables

ROWS = [{"n": 1, "x": 0.5, "s": "ä,b"}, {"n": 2, "x": 1.5, "s": 'c"d'}]
COLUMNS = {"n": [1, 2], "x": [0.5, 1.5], "s": ["ä,b", 'c"d']}


class Polars:
    """What log_table uses of a polars frame."""

    def __init__(self) -> None:
        self.columns = list(COLUMNS)

    def iter_rows(self) -> Any:
        return zip(*COLUMNS.values(), strict=True)


@pytest.mark.parametrize(
    "given",
    [
        ROWS,
        tuple(ROWS),
        iter(ROWS),
        COLUMNS,
        {"n": np.array([1, 2]), "x": (0.5, 1.5), "s": pd.Series(COLUMNS["s"])},
        pd.DataFrame(COLUMNS, index=[7, 8]),
        pa.table(COLUMNS),
        Polars(),
    ],
    ids=["rows", "tuple", "iterator", "columns", "arrays", "pandas", "pyarrow", "polars"],
)
def test_a_table_of_any_kind(given: Any) -> None:
    if given is not None and hasattr(given, "__next__"):
        given = list(given)  # read twice below
    whole = json.loads(table_bytes(given, "t.json"))
    assert whole == {"columns": ["n", "x", "s"], "data": [[1, 0.5, "ä,b"], [2, 1.5, 'c"d']]}
    lines = list(csv.reader(StringIO(table_bytes(given, "t.csv").decode(), newline="")))
    assert lines == [["n", "x", "s"], ["1", "0.5", "ä,b"], ["2", "1.5", 'c"d']]


def test_rows_may_lack_cells_and_cells_may_be_anything() -> None:
    rows = [{"a": float("nan"), "b": float("inf")}, {"c": date(2026, 11, 23), "a": None}, {"b": np.int8(3), "a": True}]
    assert json.loads(table_bytes(rows, "t.json")) == {
        "columns": ["a", "b", "c"],
        "data": [[None, None, None], [None, None, "2026-11-23"], [True, 3, None]],
    }
    assert table_bytes(rows, "t.csv").decode() == "a,b,c\nnan,inf,\n,,2026-11-23\nTrue,3,\n"


def test_the_table_that_mlflow_itself_reads() -> None:
    frame = pd.read_json(BytesIO(table_bytes(ROWS, "t.json")), orient="split")
    assert frame.to_dict(orient="list") == COLUMNS


@pytest.mark.parametrize("given", [[], {}])
def test_an_empty_table(given: Any) -> None:
    assert json.loads(table_bytes(given, "t.json")) == {"columns": [], "data": []}


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        (ROWS, "t.xlsx", r"^'t\.xlsx': a table is written as \.csv or \.json$"),
        (3, "t.csv", r"^log_table takes a list of dictionaries, .*, not int$"),
        ("abc", "t.csv", r"^log_table takes .*, not str$"),
        ([[1, 2]], "t.csv", r"^log_table: a row is list, not a dictionary"),
        ({"a": 1}, "t.csv", r"^log_table: the column 'a' is no list"),
        ({"a": "xy"}, "t.csv", r"^log_table: the column 'a' is no list"),
        ({"a": [1], "b": [1, 2]}, "t.csv", r"^log_table: columns differ in length: 'a' 1, 'b' 2$"),
    ],
)
def test_a_wrong_table(given: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        table_bytes(given, path)


# -- pictures


def pixels(data: bytes) -> Any:
    return np.asarray(PIL.Image.open(BytesIO(data))).tolist()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.array([[0, 255]], dtype="uint8"), [[0, 255]]),
        (np.array([[0, 128]]), [[0, 128]]),
        (np.array([[0.0, 0.5, 1.0]]), [[0, 128, 255]]),
        (np.array([[True, False]]), [[255, 0]]),
        (np.array([[[7], [8]]]), [[7, 8]]),
        (np.array([[[1, 2, 3]]]), [[[1, 2, 3]]]),
        (np.array([[[1, 2, 3, 4]]]), [[[1, 2, 3, 4]]]),
        (PIL.Image.new("L", (2, 1), 9), [[9, 9]]),
    ],
)
def test_a_picture(given: Any, kept: list[Any]) -> None:
    assert pixels(image_bytes(given, "a.png")) == kept


@pytest.mark.parametrize(("path", "kind"), [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("b/a.webp", "WEBP")])
def test_a_picture_in_the_format_of_its_suffix(path: str, kind: str) -> None:
    assert PIL.Image.open(BytesIO(image_bytes(np.zeros((2, 2, 3)), path))).format == kind


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        (np.zeros((1, 1)), "a.xyz", r"^'a\.xyz': no format of pictures has this suffix"),
        (np.zeros((1, 1)), "a", r"^'a': no format of pictures has this suffix"),
        (np.zeros((1, 1, 4)), "a.jpg", r"^'a\.jpg': the picture cannot be written in this format"),
        (np.zeros(3), "a.png", r"^a picture has the shape .*, not \(3,\)$"),
        (np.zeros((3, 8, 8)), "a.png", r"^a picture has the shape .*, not \(3, 8, 8\)$"),
        (np.zeros((0, 8)), "a.png", r"^a picture has the shape"),
        (np.array([[256]]), "a.png", r"^a picture's numbers are 0 to 255 as integers or 0 to 1 as floats"),
        (np.array([[-0.1]]), "a.png", r"^a picture's numbers are"),
        (np.array([[np.nan]]), "a.png", r"^a picture's numbers are"),
        (np.array([["x"]]), "a.png", r"^a picture's numbers are"),
        ("picture", "a.png", r"^log_image takes a picture of pillow or an array, not str$"),
    ],
)
def test_a_wrong_picture(given: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        image_bytes(given, path)
