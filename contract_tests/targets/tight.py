"""A provider with a place for next to nothing: all that the layers can keep beside a run, they must."""

from __future__ import annotations

from string import ascii_lowercase, digits

from contract_tests.targets.fakes import FakeTarget

from tracklayer.spi import Bound, Claim, Feature, Limits, Names, Naming, Traits, native, sidecar

SOURCE = "tight on purpose"
BY_ITSELF = (
    Feature.DELETE,
    Feature.RESTORE,
    Feature.ARTIFACTS,
    Feature.RESUME,
    Feature.IDEMPOTENT_CREATE,
    Feature.ATOMIC_WRITE,
)
CLAIMS: dict[Feature, Claim] = {
    feature: native(SOURCE) if feature in BY_ITSELF else sidecar(f"no place for {feature.value}", SOURCE)
    for feature in Feature
}
NAMING = Naming(
    pattern=r"[a-z][a-z0-9_-]*",
    longest=Bound(most=40, source=SOURCE, unit="bytes"),
    safe=ascii_lowercase + digits,
    reserved=r"id|name|step|none",
    folds_case=True,
    source=SOURCE,
)
LIMITS = Limits(
    param_value=Bound(most=64, source=SOURCE, unit="bytes"),
    tag_value=Bound(most=64, source=SOURCE, unit="characters"),
    experiment_tag_value=Bound(most=64, source=SOURCE, unit="bytes"),
    description=Bound(most=64, source=SOURCE, unit="characters"),
    tags_per_experiment=Bound(most=16, source=SOURCE),
    params_per_run=Bound(most=10, source=SOURCE),
    tags_per_run=Bound(most=16, source=SOURCE),
    params_per_write=Bound(most=4, source=SOURCE),
    tags_per_write=Bound(most=3, source=SOURCE),
    points_per_write=Bound(most=250, source=SOURCE),
    items_per_write=Bound(most=251, source=SOURCE),
    runs_per_page=Bound(most=2, source=SOURCE),
    experiments_per_page=Bound(most=2, source=SOURCE),
    points_per_page=Bound(most=7, source=SOURCE),
    point_time_unit=1_000_000_000,
    point_time_earliest=0,
    run_time_unit=1_000_000_000,
)
NAMES = Names(experiment=NAMING, run=NAMING, param=NAMING, metric=NAMING, tag=NAMING, experiment_tag=NAMING)

TARGET = FakeTarget(Traits(provider="tight", claims=CLAIMS, limits=LIMITS, names=NAMES))
