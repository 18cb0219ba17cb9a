"""What the in-memory fake can do by itself, and how it takes on another provider's traits."""

from __future__ import annotations

from tracklayer.errors import InvalidInput
from tracklayer.spi import Claim, Feature, Search, Traits, driver_class, native, schemes, sidecar

_SEARCHED = {
    Feature.FILTER: sidecar("the fake lists all runs; filtering is done by tracklayer"),
    Feature.ORDER: sidecar("the fake lists the newest first; any other order is done by tracklayer"),
}

#: Everything native and no limit, but for search.
MEMORY = Traits(provider="memory", claims={feature: native() for feature in Feature} | _SEARCHED)


def like(provider: str) -> Traits:
    """The traits of another provider: of its scheme, or of the first scheme `provider+...`. `InvalidInput`."""
    found = [scheme for scheme in schemes() if scheme == provider or scheme.startswith(f"{provider}+")]
    if not found:
        known = ", ".join(sorted({scheme.partition("+")[0] for scheme in schemes()}))
        message = f"memory: no provider {provider!r} whose traits could be taken: use ?like= with one of {known}"
        raise InvalidInput(message)
    return driver_class(found[0]).traits


def unsearching(traits: Traits) -> Traits:
    """The same traits, except that search is left to tracklayer: the fake answers no clause and no order."""
    claims: dict[Feature, Claim] = dict(traits.claims)
    claims.update((feature, claim) for feature, claim in _SEARCHED.items() if traits.native(feature))
    return traits.model_copy(update={"claims": claims, "search": Search()})
