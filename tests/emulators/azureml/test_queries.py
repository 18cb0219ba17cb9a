"""Which searches Azure refuses, by its support matrix."""

from __future__ import annotations

from typing import Any

import pytest

from tracklayer.emulators.azureml import Knobs, queries
from tracklayer.emulators.azureml.errors import AzureError


@pytest.mark.parametrize(
    "asked",
    [
        {"order_by": ["metrics.loss DESC"]},
        {"order_by": ["start_time", "params.lr"]},
        {"order_by": ["tags.`a b` ASC"]},
        {"order_by": ["metric.loss"]},
        {"filter": "tags.kind != 'x'"},
        {"filter": "metrics.loss < 1 and tags.`a b` != 'x'"},
        {"filter": 'tag."a b" != "x"'},
        {"filter": "metrics.`a b` > 1"},
        {"filter": 'metrics."a(b)" > 1'},
        {"max_results": 1001},
    ],
    ids=str,
)
def test_azure_does_not_support(asked: dict[str, Any]) -> None:
    with pytest.raises(AzureError) as caught:
        queries.checked(asked, Knobs())
    assert (caught.value.status, caught.value.word) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "asked",
    [
        {"order_by": ["attributes.start_time DESC", "start_time ASC", "attributes.run_name"]},
        {"filter": "tags.kind = 'x != y' and params.lr != '1' and attributes.run_name != 'n'"},
        {"filter": "metrics.loss/a-b.c > 1 and metrics.`loss` < 2"},
        {"filter": "params.`a b` != 'tags.x != 1'"},
        {"max_results": 1000},
    ],
    ids=str,
)
def test_azure_supports(asked: dict[str, Any]) -> None:
    assert queries.checked(asked, Knobs()) == asked


def test_states_are_called_by_azure_s_names_too() -> None:
    asked = {"filter": "attributes.status = 'Finished' and status != \"Killed\" and tags.status = 'Finished'"}
    wanted = "attributes.status = 'FINISHED' and status != \"KILLED\" and tags.status = 'Finished'"
    assert queries.checked(asked, Knobs())["filter"] == wanted


def test_large_pages_are_a_knob() -> None:
    assert queries.checked({"max_results": 5000}, Knobs.otherwise()) == {"max_results": 5000}
    queries.history({"max_results": "25000"}, Knobs.otherwise())
    queries.history({"max_results": "999"}, Knobs())
    queries.history({}, Knobs())
    with pytest.raises(AzureError, match="MaxResults = 1000 is invalid: MaxResults must be less than 1000"):
        queries.history({"max_results": "1000"}, Knobs())
