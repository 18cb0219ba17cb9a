"""What is remembered of a run, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.drivers.sagemaker.conftest import fresh_name

from tracklayer.drivers.aws import Aws, Objects, Pace
from tracklayer.drivers.sagemaker.calls import Calls
from tracklayer.drivers.sagemaker.components import MEMORY, REMEMBERED, Components
from tracklayer.drivers.sagemaker.config import SagemakerConfig
from tracklayer.drivers.sagemaker.places import Places
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import NotFound

Others = Callable[[str], Any]


class Hand:
    """A clock that is turned by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def components(emulator: SagemakerEmulator, clock: Hand) -> Components:
    aws = Aws("us-east-1")
    places = Places(SagemakerConfig(region="us-east-1"), aws, Objects(aws))
    places.run("warm")
    emulator.calls.clear()
    return Components(Calls(aws, Pace({})), places, clock)


def test_a_run_is_looked_at_once_a_minute(
    components: Components, emulator: SagemakerEmulator, others: Others, clock: Hand
) -> None:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name)
    emulator.calls.clear()
    for _ in range(5):
        components.facts(name)
    assert emulator.calls.count("DescribeTrialComponent") == 1
    clock.now = MEMORY + 1
    components.facts(name)
    assert emulator.calls.count("DescribeTrialComponent") == 2


def test_what_is_changed_here_is_known_without_a_look(components: Components, others: Others) -> None:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name, InputArtifacts={"a": {"Value": "1"}})
    components.facts(name)
    components.update(name, InputArtifacts={"b": {"Value": "2"}}, OutputArtifacts={"c": {"Value": "3"}})
    components.update(name, InputArtifactsToRemove=["a"])
    known = components.facts(name)
    assert (known.inputs, known.outputs) == ({"b": {"Value": "2"}}, {"c": {"Value": "3"}})
    looked = components.look(name)
    assert (looked.inputs, looked.outputs) == (known.inputs, known.outputs)


def test_a_run_that_is_gone_is_forgotten(components: Components, others: Others) -> None:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name)
    components.facts(name)
    others("sagemaker").delete_trial_component(TrialComponentName=name)
    with pytest.raises(NotFound):
        components.describe(name)
    with pytest.raises(NotFound):
        components.facts(name)


def test_the_case_of_a_name_does_not_matter(components: Components, others: Others) -> None:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name.upper())
    assert components.facts(name) == components.facts(name.upper())


def test_not_more_than_so_many_are_remembered(components: Components) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:experiment-trial-component/"
    for number in range(REMEMBERED + 10):
        components.note({"TrialComponentName": f"n{number}", "TrialComponentArn": f"{arn}n{number}"})
    assert components.facts(f"n{REMEMBERED}").arn.endswith(f"n{REMEMBERED}")
    with pytest.raises(NotFound):
        components.facts("n0")


def test_tags_come_page_by_page(components: Components, others: Others) -> None:
    name = fresh_name()
    tags = [{"Key": f"t{number}", "Value": "x"} for number in range(50)]
    arn = others("sagemaker").create_trial_component(TrialComponentName=name, Tags=tags)["TrialComponentArn"]
    assert len(components.tags(arn)) == 50
