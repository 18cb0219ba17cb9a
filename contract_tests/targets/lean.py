"""A provider that can do as little as the SPI lets it: what the suite's refusals are tried on."""

from __future__ import annotations

from contract_tests.targets.fakes import FakeTarget

from tracklayer.spi import Claim, Feature, Traits, native, never, sidecar

#: What every provider must have one way or the other: no single call asks for them, so nothing could be refused.
QUALITIES: dict[Feature, Claim] = {
    Feature.WRITING: native(),
    Feature.IDEMPOTENT_CREATE: native(),
    Feature.METRIC_SAME_STEP: native(),
    Feature.METRIC_TIME: native(),
    Feature.FILTER: sidecar("tracklayer filters"),
    Feature.ORDER: sidecar("tracklayer orders"),
}

TARGET = FakeTarget(
    Traits(
        provider="lean",
        claims={feature: never(f"{feature.value} is left out on purpose") for feature in Feature} | QUALITIES,
    )
)
