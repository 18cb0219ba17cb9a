"""What a test says it needs, and what is held when a provider does not have it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from contract_tests.place import Place

from tracklayer.errors import Unsupported
from tracklayer.spi import Feature

#: How a test's outcome travels from where it ran to the summary.
TARGET, REFUSED = "contract target", "contract refused"


def needs(*features: Feature) -> pytest.MarkDecorator:
    """The test is about these features.

    * All offered: its body must pass.
    * Any not offered: the same body must be refused for one of those, with the reason, before a request is sent.
    """
    return pytest.mark.needs(*features)


#: The test opens the place in other processes: it is left out where a target cannot be shared so.
processes = pytest.mark.processes


def needed(item: pytest.Item) -> tuple[Feature, ...]:
    """All features that the marks of a test, its class, its module and its parameters name."""
    return tuple(dict.fromkeys(feature for mark in item.iter_markers("needs") for feature in mark.args))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the body of a test; where the provider lacks what it needs, see to it that it is refused."""
    place = pyfuncitem.funcargs.get("place")
    if not isinstance(place, Place):
        return (yield)
    lacking = [feature for feature in needed(pyfuncitem) if not place.traits.offers(feature)]
    if not lacking:
        return (yield)
    try:
        yield
    except Unsupported as error:
        _hold(place, lacking, error)
        pyfuncitem.user_properties.append((REFUSED, error.feature))
        return True
    wanted = " or ".join(feature.value for feature in lacking)
    return pytest.fail(f"{place.target.name} does not offer {wanted}, and nothing was refused", pytrace=False)


def _hold(place: Place, lacking: list[Feature], error: Unsupported) -> None:
    reasons = {feature.value: place.traits.claims[feature].why for feature in lacking}
    assert error.feature in reasons, f"refused for {error.feature!r}, which is not what is lacking: {sorted(reasons)}"
    assert error.why == reasons[error.feature], "the refusal does not give the reason that the traits give"
    assert error.provider == place.traits.provider
    sent = next((refusal.sent for refusal in place.ledger.refusals if refusal.error is error), None)
    assert sent is not None, "the refusal does not come from the stack"
    assert sent == 0, f"{sent} calls had reached the driver before the refusal"


def registered(config: pytest.Config) -> None:
    """Make the marks known: an unknown one is an error."""
    lines: dict[str, Any] = {
        "needs(*features)": "what the test is about; refused where a provider does not offer it",
        "processes": "the test opens the place in other processes",
    }
    for mark, meaning in lines.items():
        config.addinivalue_line("markers", f"{mark}: {meaning}")
