"""How the emulator behaves, and what AWS does not say: each open question is a knob with its readings.

* The first reading of each is the default: what evidence there is speaks for it, else the stricter one.
* `Knobs.otherwise()` turns every such knob to another reading. What works under both works whatever AWS does.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Knobs(BaseModel):
    """All knobs of the emulator of SageMaker. The time they measure is the emulator's own: see `ahead`."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # -- how it behaves
    signatures: bool = Field(default=True, description="check every signature, S3's too")
    ahead: float = Field(
        default=0.0, description="seconds by which the service's clock is ahead: turn it on to let time pass"
    )
    search_lag: float = Field(default=0.0, ge=0, description="seconds until Search sees a change")
    metric_lag: float = Field(
        default=0.0, ge=0, description="seconds until a point is in summaries and in BatchGetMetrics"
    )
    rates: dict[str, float] = Field(
        default_factory=dict,
        description="calls a second of an operation before ThrottlingException; 'default' for SageMaker's others",
    )
    burst: float = Field(default=1.0, ge=1, description="calls that may come at once before `rates` count")

    # -- quotas. https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
    components_per_trial: int = Field(default=50, description="L-479D8F33, not counting those that jobs make")
    trials_per_experiment: int = Field(default=300, description="L-E1A153C2")
    experiments: int | None = Field(default=None, description="L-A0C828DC; its number is not published, so none")
    metrics_per_component: int | None = Field(
        default=None, description="names of metrics before METRIC_LIMIT_EXCEEDED; not published, so none"
    )

    # -- what AWS does not say
    json_true: Literal["accepted", "refused"] = Field(
        default="accepted",
        description="whether true is a NumberValue (the official SDK sends it, and nobody complained)",
    )
    line_breaks: Literal["refused", "accepted"] = Field(
        default="refused", description="whether the pattern `.*` takes them"
    )
    time_kept: Literal["milliseconds", "microseconds", "seconds"] = Field(
        default="milliseconds", description="how exactly times are kept"
    )
    taken: Literal["already exists", "must be unique within an AWS account", "Cannot create already existing"] = Field(
        default="already exists", description="what is said of a name that is taken"
    )
    reassociating: Literal["ignored", "counted"] = Field(
        default="ignored", description="whether associating again what is associated counts against the quota"
    )
    lineage_on_delete: Literal["ignored", "refused"] = Field(
        default="ignored", description="whether a trial component that has associations can be deleted"
    )
    same_association: Literal["accepted", "refused"] = Field(
        default="accepted", description="whether an association can be added again"
    )
    same_artifact: Literal["accepted", "refused"] = Field(
        default="accepted", description="whether a second lineage artifact may have the same source"
    )
    missing_component: Literal["errors", "exception"] = Field(
        default="errors",
        description="what BatchPutMetrics says of no such trial component: an error a point, or ResourceNotFound",
    )
    metric_window: Literal["enforced", "ignored"] = Field(
        default="enforced", description="whether points outside of [now - 14 days, now + 2 hours] are refused"
    )
    retried_puts: Literal["counted", "dropped"] = Field(
        default="counted", description="whether the very same point, put again, is one more"
    )
    last_means: Literal["latest time", "last arrived"] = Field(
        default="latest time", description="which of several points is Last"
    )
    std_dev: Literal["population", "sample"] = Field(
        default="population", description="what StdDev divides by: n or n - 1"
    )
    axis_times: Literal["milliseconds", "seconds"] = Field(
        default="milliseconds", description="the unit of the axis of times in BatchGetMetrics"
    )
    axis_end: Literal["included", "excluded"] = Field(
        default="included", description="whether End belongs to what is asked for"
    )
    step_bounds: Literal["steps", "times"] = Field(
        default="steps", description="what Start and End mean on the axis of steps"
    )
    axis_mismatch: Literal["status", "exception"] = Field(
        default="status", description="what becomes of a Period that does not fit its XAxisType"
    )
    unknown_metric: Literal["empty", "ValidationError"] = Field(
        default="empty", description="what BatchGetMetrics answers for a metric that is not there"
    )
    truncated_at: int = Field(default=10_000, ge=1, description="values of one query before its result is Truncated")
    truncated_keeps: Literal["first", "last"] = Field(
        default="first", description="which values a Truncated result has"
    )
    deleted_series: Literal["kept", "gone"] = Field(
        default="kept", description="whether metrics outlive their trial component, and meet the next of its name"
    )
    page: int = Field(default=10, ge=1, le=100, description="MaxResults where it is not said")

    @classmethod
    def otherwise(cls, **chosen: Any) -> Knobs:
        """The knobs with every open question read the other way; `chosen` as in the constructor."""
        second = {
            name: get_args(field.annotation)[1]
            for name, field in cls.model_fields.items()
            if get_origin(field.annotation) is Literal
        }
        return cls(**{**second, "truncated_at": 100, **chosen})
