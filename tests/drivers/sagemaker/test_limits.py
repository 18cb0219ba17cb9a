"""Each limit of the traits, at n and at n + 1: the emulator, which knows AWS's model and not our traits, refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.drivers.sagemaker.conftest import fresh_name, new_run

from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import Rejected
from tracklayer.model import Batch, Experiment, ExperimentDraft, Points, Query, Run
from tracklayer.spi import Bound

Trial = Callable[[SagemakerDriver, Run, int], object]

TRIALS: dict[str, Trial] = {
    "param_value": lambda driver, run, size: driver.write(run.ref, Batch(params={"p": "x" * size})),
    "tag_value": lambda driver, run, size: driver.write(run.ref, Batch(tags={"t": "x" * size})),
    "params_per_run": lambda driver, run, size: driver.write(
        run.ref, Batch(params={f"p{number}": "" for number in range(size)})
    ),
    "tags_per_run": lambda driver, run, size: driver.write(
        run.ref, Batch(tags={f"t{number}": "" for number in range(size)})
    ),
    "points_per_write": lambda driver, run, size: driver.write(
        run.ref, Batch(points=(Points.of("m", [(step, 0, 0.5) for step in range(size)]),))
    ),
    "experiment_tag_value": lambda driver, _, size: driver.create_experiment(
        ExperimentDraft(name=fresh_name(), tags={"t": "x" * size})
    ),
    "experiment_description": lambda driver, _, size: driver.create_experiment(
        ExperimentDraft(name=fresh_name(), description="x" * size)
    ),
    "runs_per_page": lambda driver, run, size: driver.list_runs(Query(experiments=(run.experiment,), page_size=size)),
    "experiment.longest": lambda driver, _, size: driver.create_experiment(
        ExperimentDraft(name=fresh_name().ljust(size, "x"))
    ),
    "run.longest": lambda driver, run, size: driver.write(run.ref, Batch(name="x" * size)),
    "metric.longest": lambda driver, run, size: driver.write(
        run.ref, Batch(points=(Points.of("m" * size, [(0, 0, 0.5)]),))
    ),
    "tag.longest": lambda driver, run, size: driver.write(run.ref, Batch(tags={"t" * size: ""})),
    "experiment_tag.longest": lambda driver, _, size: driver.create_experiment(
        ExperimentDraft(name=fresh_name(), tags={"t" * size: ""})
    ),
}


def bound_of(driver: SagemakerDriver, name: str) -> int:
    kind, dot, field = name.partition(".")
    bound = getattr(getattr(driver.traits.names, kind), field) if dot else getattr(driver.traits.limits, name)
    assert isinstance(bound, Bound)
    return bound.most


@pytest.mark.parametrize("name", TRIALS)
def test_n_is_taken_and_one_more_is_refused(driver: SagemakerDriver, experiment: Experiment, name: str) -> None:
    most = bound_of(driver, name)
    TRIALS[name](driver, new_run(driver, experiment), most)
    with pytest.raises(Rejected):
        TRIALS[name](driver, new_run(driver, experiment), most + 1)


def test_a_key_of_a_param_could_be_longer_and_could_not_be_removed_then(driver: SagemakerDriver, run: Run) -> None:
    assert bound_of(driver, "param.longest") == 256
    driver.write(run.ref, Batch(params={"p" * 256: "", "q" * 320: ""}))
    with pytest.raises(Rejected):
        driver.write(run.ref, Batch(params={"p" * 321: ""}))


@pytest.mark.parametrize("breaks", ["refused", "accepted"])
@pytest.mark.parametrize("text", ["a\nb", "a\u2028b", "\x00"])
def test_what_a_bound_does_not_hold_is_at_most_narrower_than_aws(
    driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run, breaks: str, text: str
) -> None:
    limits = driver.traits.limits
    assert limits.param_value is not None
    assert not limits.param_value.holds(text)
    emulator.tune(line_breaks=breaks)
    held = "é日本\t\x1f " * 10
    assert limits.param_value.holds(held)
    driver.write(run.ref, Batch(params={"p": held}))
    assert driver.get_run(run.ref).params == {"p": held}


def test_letters_beyond_16_bits_may_count_twice(driver: SagemakerDriver, run: Run) -> None:
    bound = driver.traits.limits.param_value
    assert bound is not None
    assert bound.holds("🚀" * 1_250)
    assert not bound.holds("🚀" * 1_251)
    driver.write(run.ref, Batch(params={"p": "🚀" * 1_250}))
    assert driver.get_run(run.ref).params == {"p": "🚀" * 1_250}


@pytest.mark.parametrize(
    "text", ["", "a", "a b", "é日本 x", "a_.:/=+-@b", "\u00bd", "\u2160", "\u0660", "x\u00a0y", "\u1e9e"]
)
def test_what_a_tag_holds_aws_takes(driver: SagemakerDriver, run: Run, text: str) -> None:
    bound = driver.traits.limits.tag_value
    assert bound is not None
    assert bound.holds(text)
    driver.write(run.ref, Batch(tags={f"k{text}": text}))
    assert driver.get_run(run.ref).tags == {f"k{text}": text}


@pytest.mark.parametrize("text", ["a,b", "{}", "a(b)", "a\nb", "🚀", " a", "a ", "a*", "\u0301", "a\tb", "'"])
def test_what_a_tag_does_not_hold_is_known(driver: SagemakerDriver, text: str) -> None:
    bound = driver.traits.limits.tag_value
    assert bound is not None
    assert not bound.holds(text)
    assert driver.traits.names.tag.spell(text) != text


@pytest.mark.parametrize("key", ["aws:x", "AWS:x", "sagemaker:trial-component-source", "tracklayer.x"])
def test_keys_of_tags_that_mean_something_else_are_spelt(driver: SagemakerDriver, run: Run, key: str) -> None:
    spelt = driver.traits.names.tag.spell(key)
    assert spelt != key
    driver.write(run.ref, Batch(tags={spelt: "x"}))
    assert driver.traits.names.tag.read(next(iter(driver.get_run(run.ref).tags))) == key
