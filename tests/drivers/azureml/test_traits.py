from __future__ import annotations

import pytest

from tracklayer.drivers.azureml import AZUREML
from tracklayer.drivers.azureml.traits import FIELDS, TAGS
from tracklayer.drivers.azureml.wire import shown, without_status
from tracklayer.drivers.mlflow import wire
from tracklayer.layers.fitting.batch import OWN_TAGS
from tracklayer.model import Batch, ExperimentRef, RunDraft, RunRef, Source
from tracklayer.spi import Feature

EXPERIMENT = AZUREML.names.experiment


def test_all_tags_of_the_fullest_run_are_as_many_as_it_may_have() -> None:
    """Users' and our own by the limit, those of its fields by the driver, and the name's by the server."""
    source = Source(commit="c", branch="b", dirty=True, remote="https://x.example/y", command="python")
    draft = RunDraft(token="t", name="n", parent=RunRef(id="p"), description="d", user="u", source=source)
    made = wire.new_run(ExperimentRef(id="e"), draft, wire.EPOCH)
    bound = AZUREML.limits.tags_per_run
    assert bound is not None
    fields = {tag["key"] for tag in made["tags"]} | {wire.NAME}
    assert (len(fields), len(fields) + bound.most) == (FIELDS, TAGS)
    assert bound.most - OWN_TAGS == 32, "what is left for users"


@pytest.mark.parametrize("name", ["digits", "Digits-2", "0_a", "a" * 256])
def test_names_that_the_service_takes_stay(name: str) -> None:
    assert EXPERIMENT.spell(name) == name


@pytest.mark.parametrize("name", ["team/digits", "my digits", "-a", "_a", "é", "a.b", "a" * 257])
def test_names_that_it_would_refuse_or_lose_are_spelt(name: str) -> None:
    spelt = EXPERIMENT.spell(name)
    assert spelt != name
    assert EXPERIMENT.legal(spelt)


@pytest.mark.parametrize("path", ["a.", "a./b", "...", "x/y."])
def test_no_part_of_a_path_ends_with_a_dot(path: str) -> None:
    assert AZUREML.names.artifact.spell(path) != path
    assert AZUREML.names.artifact.read(AZUREML.names.artifact.spell(path)) == path


def test_what_is_not_documented_is_kept_beside() -> None:
    assert not AZUREML.native(Feature.DATASETS)
    assert AZUREML.offers(Feature.DATASETS)
    assert "metric" not in AZUREML.search.clauses
    assert "!=" not in AZUREML.search.clauses["tag"]
    assert AZUREML.search.orders == {"attribute.started"}


def test_long_fields_are_cut_for_the_console_only() -> None:
    draft = RunDraft(token="t", user="u" * 2_000, source=Source(command="x" * 5_000, dirty=True, commit="c"))
    cut = shown(draft)
    assert cut.source == Source(command="x" * 1_000, dirty=True, commit="c")
    assert cut.user == "u" * 1_000
    assert shown(RunDraft(token="t")) == RunDraft(token="t")


def test_a_job_says_all_of_itself_but_its_status() -> None:
    batch = Batch(params={"a": "1"}, status="finished", ended=wire.EPOCH, name="n")
    assert without_status(batch) == Batch(params={"a": "1"}, name="n")
