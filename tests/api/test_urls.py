"""URLs of places and runs, and what else points at a run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tracklayer as tl
from tracklayer.api.names import run_name
from tracklayer.api.refs import ref_of
from tracklayer.api.urls import default_place, is_run_url, run_url, split
from tracklayer.errors import InvalidInput
from tracklayer.model import RunRef


@given(st.sampled_from(["local:/x/store.db", "memory://a?like=mlflow", "mlflow+http://h:5000"]), st.text(min_size=1))
def test_a_runs_url_gives_place_and_id_back(place: str, run: str) -> None:
    try:
        run.encode()
    except UnicodeEncodeError:
        return  # no provider gives such an id
    assert split(run_url(place, run)) == (place, run)
    assert is_run_url(run_url(place, run))


def test_a_place_has_no_run() -> None:
    assert split("local:/x") == ("local:/x", None)


def test_an_empty_id_is_a_mistake() -> None:
    with pytest.raises(InvalidInput, match=r"^the URL 'local:/x#' ends before the run's id: write PLACE#RUN$"):
        split("local:/x#")


def test_the_default_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACKLAYER_URL", raising=False)
    assert default_place() == "local:"
    monkeypatch.setenv("TRACKLAYER_URL", "")
    assert default_place() == "local:"
    monkeypatch.setenv("TRACKLAYER_URL", "memory://x")
    assert default_place() == "memory://x"


def test_a_run_is_given_as_itself_its_id_or_its_url(client: tl.Client) -> None:
    run = client.start_run()
    found = client.run(run.id)
    for given_ in (run, found, run.id, run.url, run.url.replace("memory:", "MEMORY:")):
        assert ref_of(client.driver, given_) == run.ref
    assert ref_of(client.driver, "projects/p:r") == RunRef(id="projects/p:r")


def test_a_run_of_another_place_is_not_taken(client: tl.Client) -> None:
    with pytest.raises(InvalidInput, match=r"^'memory://other#1' is a run of another place than .*connect\("):
        client.run("memory://other#1")
    with pytest.raises(InvalidInput, match=r"unknown URL scheme 'nowhere'"):
        client.run("nowhere://other#1")


@pytest.mark.parametrize("given_", [None, 3, ""])
def test_what_is_no_run(client: tl.Client, given_: str) -> None:
    with pytest.raises(InvalidInput, match=r"^a run is given as a Run, an id or a URL, not as "):
        client.run(given_)


def test_a_made_up_name_is_of_two_words_and_stays() -> None:
    names = {run_name(f"token {number}") for number in range(1_000)}
    assert len(names) > 990
    assert all(len(name.split("-")) == 3 for name in names)
    assert run_name("x") == run_name("x")
