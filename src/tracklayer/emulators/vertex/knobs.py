"""How the emulator behaves, and what Google does not say: each open question is a knob with its readings.

* The first reading of each is the default: what evidence there is speaks for it, else the stricter one.
* `Knobs.otherwise()` turns every such knob to another reading. What works under both works whatever Google does.
* Times that knobs measure are the emulator's own: see `ahead`.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field

#: The bucket that is there from the start.
BUCKET = "tracklayer-emulator"


class Knobs(BaseModel):
    """All knobs of the emulator of Vertex AI and of its GCS."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # -- how it behaves
    tokens: bool = Field(default=True, description="check every token, and demand one of who asks for a real host name")
    anonymous: bool = Field(
        default=True, description="let in who comes without a token by a loopback address, as clients of emulators do"
    )
    ahead: float = Field(
        default=0.0, description="seconds by which the service's clock is ahead: turn it on to let time pass"
    )
    operation_delay: float = Field(default=0.0, ge=0, description="seconds until a long-running operation is done")
    rates: dict[str, float] = Field(
        default_factory=dict,
        description="calls a minute of an operation before RESOURCE_EXHAUSTED, by its name; 'default' for all others",
    )
    burst: float = Field(default=1.0, ge=1, description="calls that may come at once before `rates` count")
    buckets: tuple[str, ...] = Field(default=(BUCKET,), description="buckets of GCS that are there from the start")
    seed: int = Field(default=0, description="what samples and shuffles are drawn with")

    # -- what Google does not say
    project_names: Literal["number", "as asked"] = Field(
        default="number", description="whether answers name the project by its number (seen in issues) or by its id"
    )
    struct_nan: Literal["refused", "accepted"] = Field(
        default="refused", description="whether metadata (a Struct) takes NaN; REST then fails to read it: INTERNAL"
    )
    ids: Literal["documented", "lenient"] = Field(
        default="documented", description="whether ids are [a-z0-9-] only, or upper case and underscores are taken too"
    )
    kilobyte: Literal["1000", "1024"] = Field(default="1000", description="how many bytes a KB of the 200 KB has")
    metadata_measure: Literal["proto", "json"] = Field(
        default="proto", description="what the 200 KB of metadata are measured of: the Struct's bytes or its JSON's"
    )
    time_kept: Literal["milliseconds", "microseconds", "nanoseconds"] = Field(
        default="milliseconds", description="how exactly the wall time of a point is kept"
    )
    page_cap: Literal["100", "1000"] = Field(
        default="100", description="the largest page_size of lists of metadata: both are documented"
    )
    too_large_page: Literal["refused", "coerced"] = Field(
        default="refused", description="what becomes of a larger page_size in lists of metadata"
    )
    list_order: Literal["creation", "shuffled"] = Field(
        default="creation", description="how lists are ordered where order_by does not say"
    )
    noop_etag: Literal["kept", "not stored"] = Field(
        default="kept", description="whether an update that changes nothing answers an etag that is not stored (#1674)"
    )
    unmasked_update: Literal["populated fields", "all fields"] = Field(
        default="populated fields", description="what an update of metadata without a mask overwrites"
    )
    struct_paths: Literal["refused", "accepted"] = Field(
        default="refused", description="whether an update mask may name a key of metadata (metadata.k)"
    )
    nested_filters: Literal["refused", "accepted"] = Field(
        default="refused", description="whether a filter may name keys within keys of metadata"
    )
    unknown_schema: Literal["accepted", "refused"] = Field(
        default="accepted", description="whether a schema title that is neither system's, google's nor created is taken"
    )
    context_with_children: Literal["deleted", "refused"] = Field(
        default="deleted", description="whether a context that has children can be deleted"
    )
    read_all: Literal["all", "10000"] = Field(
        default="all", description="what max_data_points=-1 of ReadTensorboardTimeSeriesData gives at most"
    )
    sample_keeps_last: Literal["no", "yes"] = Field(
        default="no", description="whether the random sample of a long series always has its last point"
    )
    delete_shows: Literal["at once", "when done"] = Field(
        default="at once",
        description="whether what is deleted is gone when it is asked for, or when the operation is done",
    )
    experiment_write_cap: Literal["none", "5000"] = Field(
        default="none", description="points that one WriteTensorboardExperimentData takes over all its runs"
    )

    @classmethod
    def otherwise(cls, **chosen: Any) -> Knobs:
        """The knobs with every open question read the other way; `chosen` as in the constructor."""
        second = {
            name: get_args(field.annotation)[1]
            for name, field in cls.model_fields.items()
            if get_origin(field.annotation) is Literal
        }
        return cls(**{**second, **chosen})
