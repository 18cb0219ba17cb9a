"""Ids of places as MLflow takes ids, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.validation import _EXPERIMENT_ID_REGEX, _RUN_ID_REGEX

from tracklayer.errors import InvalidInput
from tracklayer.plugins.mlflow import ids, uris

ANY = st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable())


@given(ANY)
def test_every_id_of_a_run_becomes_one_that_mlflow_takes_and_comes_back(name: str) -> None:
    spelt = ids.RUN.spell(name)
    if not ids.RUN.shortened(spelt):
        assert ids.RUN.read(spelt) == name
    assert _RUN_ID_REGEX.match(spelt)
    assert ids.RUN.spell(name) == spelt
    assert not spelt.startswith(ids.PENDING)


@pytest.mark.parametrize(
    "name",
    [
        "a" * 65,
        "projects/1/locations/europe-west4/metadataStores/default/contexts/exp",
        "0",
        "arn:aws:sagemaker:us-east-1:123456789012:experiment/e",
    ],
)
def test_every_id_of_an_experiment_becomes_one_that_mlflow_takes(name: str) -> None:
    spelt = ids.EXPERIMENT.spell(name)
    assert _EXPERIMENT_ID_REGEX.match(spelt)
    assert spelt != name
    assert ids.EXPERIMENT.shortened(spelt) or ids.EXPERIMENT.read(spelt) == name


@pytest.mark.parametrize("name", ["1", "01a216e2cd2d497dbcce11ad6ea93b0e", "digits-3f9a1c", "Default"])
def test_an_id_that_mlflow_takes_stays_as_it_is(name: str) -> None:
    assert ids.RUN.spell(name) == ids.EXPERIMENT.spell(name) == name


def test_a_model_s_id_says_which_run_it_is_of() -> None:
    made = ids.new_model("run-1-r-2")
    assert ids.model(str(made)) == made
    assert ids.model("m-0123") is None


@pytest.mark.parametrize(
    "place", ["local:/a b/store.db", "sagemaker://us-east-1/?bucket=b&prefix=p/q", "mlflow+http://localhost:5000/x"]
)
def test_an_artifact_uri_leads_back_to_its_place(place: str) -> None:
    assert uris.files_of(f"{uris.root_of(place)}/runs/r/a/b") == (place, "runs/r/a/b")
    assert uris.files_of(f"tracklayer+{place}") == (place, "")


def test_another_uri_is_refused_without_being_shown() -> None:
    with pytest.raises(InvalidInput, match=r"^not a tracking URI of tracklayer: .http.; write tracklayer[+]PLACE$"):
        uris.place_of("http://user:secret@host")
