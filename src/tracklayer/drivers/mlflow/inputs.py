"""A run's data sets, each as it was given.

MLflow keeps one data set for each name and digest of an experiment, as it was first described, and one context for each
run: what differs is dropped without a word. So a data set is logged as it is where that is true to it. Where it is not,
it gets a digest of its own, and its profile holds the whole of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.search import VIEWS, filters, quoted
from tracklayer.drivers.mlflow.shapes import DatasetInput, MlflowRun, Nothing, OneRun, Runs
from tracklayer.errors import Conflict, InvalidInput, Rejected
from tracklayer.model import Dataset, RunRef

CONTEXT = "mlflow.data.context"
#: The tag of an input whose profile holds the whole data set.
WHOLE = "tracklayer.dataset"
#: Characters: mlflow/store/tracking/dbmodels/models.py, SqlDataset.dataset_source_type.
LONGEST_KIND = 36
#: Characters: mlflow/utils/validation.py, MAX_INPUT_TAG_VALUE_SIZE and MAX_DATASET_PROFILE_SIZE.
LONGEST_CONTEXT, LONGEST_PROFILE = 500, 16_777_215
#: What SQLAlchemy calls a row that two calls write at once, on every database; and how often they may meet.
CROSSED, ATTEMPTS = "IntegrityError", 10
#: Of a digest of our own: characters of the true one, and hex digits that tell it from others.
HEAD, DIGITS = 15, 20


def inputs(run: MlflowRun) -> tuple[Dataset, ...]:
    """The data sets of a run."""
    return tuple(map(dataset, run.inputs.dataset_inputs))


def dataset(given: DatasetInput) -> Dataset:
    """A data set."""
    info, tags = given.dataset, {tag.key: tag.value for tag in given.tags}
    if WHOLE in tags and info.profile is not None:
        with suppress(InvalidInput, ValueError):  # somebody else's tag: then it is read as it stands
            return Dataset.model_validate_json(info.profile)
    return Dataset(
        name=info.name or "unnamed",
        digest=info.digest or "unknown",
        kind=info.source_type,
        source=info.source,
        columns=info.schema,
        profile=info.profile,
        context=tags.get(CONTEXT),
    )


def as_it_is(given: Dataset) -> dict[str, Any]:
    """A data set in MLflow's own shape."""
    fields = {"schema": given.columns, "profile": given.profile}
    return {
        "dataset": {"name": given.name, "digest": given.digest, "source_type": given.kind, "source": given.source}
        | {name: text for name, text in fields.items() if text is not None},
        "tags": [] if given.context is None else [{"key": CONTEXT, "value": given.context}],
    }


def as_its_own(given: Dataset) -> dict[str, Any]:
    """A data set under a digest of its own: all of it in the profile, the rest for MLflow's pages. `InvalidInput`."""
    whole = given.model_dump_json()
    if len(whole) > LONGEST_PROFILE:
        message = f"data set {given.name!r}: its profile and columns are too long for MLflow together"
        raise InvalidInput(message)
    digest = f"{given.digest[:HEAD]}-{hashlib.sha256(whole.encode()).hexdigest()[:DIGITS]}"
    context = None if given.context is None else given.context[:LONGEST_CONTEXT]
    changes = {"digest": digest, "kind": given.kind[:LONGEST_KIND], "context": context, "profile": whole}
    shaped = as_it_is(given.model_copy(update=changes))
    return shaped | {"tags": [*shaped["tags"], {"key": WHOLE, "value": "1"}]}


def holds(given: Dataset) -> bool:
    """Can MLflow hold the data set as it is? An empty schema or profile comes back as none."""
    return (
        len(given.kind) <= LONGEST_KIND
        and len(given.context or "") <= LONGEST_CONTEXT
        and len(given.profile or "") <= LONGEST_PROFILE
        and "" not in {given.columns, given.profile}
    )


def log_inputs(rest: Rest, run: RunRef, given: Iterable[Dataset]) -> None:
    """Add data sets to a run; those it has already are left as they are. `Conflict` for a deleted run.

    * A server refuses a data set that another call writes down at the same moment (tried with 3.15, and nothing is kept
      then): it is looked at anew.
    """
    wanted = tuple(dict.fromkeys(given))
    for left in reversed(range(ATTEMPTS)):
        rows = _missing(rest, run, wanted)
        if not rows:
            return
        try:
            body = {"run_id": run.id, "datasets": rows}
            rest.call("POST", "runs/log-inputs", Nothing, body=body, repeatable=False)
        except Rejected as error:
            if not left or CROSSED not in error.message:
                raise
        else:
            return


def _missing(rest: Rest, run: RunRef, given: Iterable[Dataset]) -> list[dict[str, Any]]:
    """The data sets that the run has not, in MLflow's shape."""
    found = rest.call("GET", "runs/get", OneRun, query={"run_id": run.id}).run
    if found.info.lifecycle_stage == "deleted":
        message = f"the run {run.id} is deleted: restore it first"
        raise Conflict(message, provider=rest.provider, operation="runs/log-inputs")
    had = set(inputs(found))
    taken = {(one.dataset.name, one.dataset.digest) for one in found.inputs.dataset_inputs}
    rows = []
    for one in given:
        if one in had:
            continue
        place = (one.name, one.digest)
        if holds(one) and place not in taken and _free(rest, found.info.experiment_id, one):
            rows.append(as_it_is(one))
            taken.add(place)
        else:
            rows.append(as_its_own(one))
    return rows


def _free(rest: Rest, experiment: str, wanted: Dataset) -> bool:
    """Is the name and digest of a data set not yet kept in the experiment, or kept with the same description?"""
    literals = [quoted(wanted.name), quoted(wanted.digest)]
    if None in literals:
        return False
    clauses = [f"dataset.{key} = {literal}" for key, literal in zip(("name", "digest"), literals, strict=True)]
    body = {
        "experiment_ids": [experiment],
        "filter": filters(clauses),
        "run_view_type": VIEWS["all"],
        "max_results": 1,
    }
    answer = rest.call("POST", "runs/search", Runs, body=body)
    kept = (
        dataset(one).model_copy(update={"context": wanted.context})
        for run in answer.runs
        for one in run.inputs.dataset_inputs
        if (one.dataset.name, one.dataset.digest) == (wanted.name, wanted.digest)
    )
    return all(one == wanted for one in kept)
