"""What is wrong for every provider: refused in one line that says what and where, and shows no value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest

from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.model import (
    Batch,
    Clause,
    Dataset,
    ExperimentDraft,
    ExperimentRef,
    Points,
    Run,
    RunDraft,
    RunRef,
)

SECRET = "hunter2"
NAIVE = datetime(2026, 3, 4)  # noqa: DTZ001 -- what is refused
WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: Batch(params={"": "x"}), "a name or key is empty: give it at least one character"),
    (lambda: Batch(tags={"": "x"}), "a name or key is empty"),
    (lambda: Batch(name=""), "a name or key is empty"),
    (lambda: ExperimentDraft(name=""), "a name or key is empty"),
    (lambda: RunDraft(token=""), "a name or key is empty"),
    (lambda: Points.of(""), "a name or key is empty"),
    (lambda: Dataset(name="d", digest=""), "a name or key is empty"),
    (lambda: RunRef(id=""), "RunRef.id: String should have at least 1 character"),
    (lambda: ExperimentRef(id=""), "ExperimentRef.id: String should have at least 1 character"),
    (lambda: Batch(params={"lr": None}), "Batch.params.lr: "),
    (lambda: Batch(params={"lr": [SECRET]}), "Batch.params.lr: "),
    (lambda: Batch(params={"lr": {"float": SECRET}}), "Batch.params.lr: "),
    (lambda: Batch(params={"lr": b"x"}), "Batch.params.lr: "),
    (lambda: Batch(params={1: "x"}), "Batch.params.1: "),
    (lambda: Batch(params={"n": 10**5_000}), "an integer has more than 4300 digits: give it as text"),
    (lambda: Batch(params={"p": SECRET + "\ud800"}), "half of a surrogate pair"),
    (lambda: Batch(tags={SECRET + "\udfff": "x"}), "half of a surrogate pair"),
    (lambda: Batch(tags={"t": 1}), "Batch.tags.t: "),
    (lambda: Batch(tags={"t": None}), "Batch.tags.t: "),
    (lambda: Batch(status="done"), "Batch.status: "),
    (lambda: Batch(ended=NAIVE), "Batch.ended: "),
    (lambda: Batch(ended="yesterday"), "Batch.ended: "),
    (partial(Batch, parms={"lr": SECRET}), "Batch.parms: Extra inputs are"),  # type: ignore[call-arg] # on purpose
    (partial(RunDraft, name="r"), "RunDraft.token: Field required"),
    (lambda: Clause(entity="colour", key="k", operator="=", value=SECRET), "Clause.entity: "),
    (lambda: Run(id="1", experiment="2", status="running"), "Run.experiment: "),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "says"), WRONG, ids=range(len(WRONG)))
def test_it_is_said_in_one_line_what_is_wrong_and_where(wrong: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wrong()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_first_few_faults_are_shown_and_the_others_counted() -> None:
    with pytest.raises(InvalidInput) as caught:
        Batch(tags={str(number): number for number in range(5)})
    assert str(caught.value).count("Batch.tags.") == 3
    assert str(caught.value).endswith("; and 2 more")


def test_wrong_input_is_an_error_of_ours_and_of_nobody_else() -> None:
    assert issubclass(InvalidInput, TracklayerError)
    assert not issubclass(InvalidInput, ValueError)
