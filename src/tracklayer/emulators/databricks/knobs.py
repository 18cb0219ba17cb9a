"""How the emulator behaves, and what Databricks does not say: each open question is a knob with its readings.

* The first reading of each is the default: what evidence there is speaks for it, else the stricter one.
* `Knobs.otherwise()` turns every such knob to another reading. What works under both works whatever Databricks does.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field

from tracklayer.emulators.databricks.names import VOLUME


class Knobs(BaseModel):
    """All knobs of the emulator of Databricks."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # -- how it behaves
    ahead: float = Field(
        default=0.0,
        description="seconds by which the service's clock is ahead: turn it on to let tokens and URLs run out",
    )
    token_seconds: int = Field(default=3_600, ge=1, description="how long an OAuth token is good")
    url_seconds: int = Field(default=900, ge=1, description="how long a signed URL is good")
    paced: bool = Field(
        default=False,
        description="hold to the documented rates: 7 a second for runs/search and for lists, changes, deletions and "
        "restorations of experiments, 47 for log-batch, 127 for all other calls of MLflow's",
    )
    rates: dict[str, float] = Field(
        default_factory=dict, description="calls a second of an operation before 429, by its name: 'runs/search'"
    )
    burst: float = Field(default=1.0, ge=1, description="calls that may come at once before rates count")
    retry_after: bool = Field(default=True, description="whether a 429 says when to come again")
    volumes: tuple[str, ...] = Field(default=(VOLUME,), description="volumes that are there from the start")
    smallest_part: int = Field(
        default=5 * 2**20, ge=1, description="bytes of a part to S3, at the least, unless it is the last"
    )
    page: int = Field(default=1_000, ge=1, description="files that one artifacts/list gives")

    # -- the documented limits: https://docs.databricks.com/aws/en/resources/limits and .../api/experiments/v1
    params_per_run: int = Field(default=1_600, description="params of a run")
    tags_per_run: int = Field(default=1_600, description="tags of a run")
    tags_per_experiment: int = Field(default=1_000, description="tags of an experiment")
    metric_steps: int = Field(default=10_000_000, description="points of a run in all; 1,000,000 was seen too")
    request_bytes: int = Field(default=1_000_000, description="bytes of a log-batch")
    param_bytes: int = Field(default=500, description="bytes of a param's value; 6,000 characters in newer MLflow")
    tag_bytes: int = Field(default=65_535, description="bytes of a tag's value")
    key_bytes: int = Field(default=250, description="bytes of a param's, metric's or tag's key")
    history_page: int = Field(default=25_000, description="points that one metrics/get-history gives")
    experiments_page: int = Field(default=3_000, description="experiments that one experiments/search gives")

    # -- what Databricks does not say
    azure_storage: Literal["AZURE_ADLS_GEN2_SAS_URI", "AZURE_SAS_URI"] = Field(
        default="AZURE_ADLS_GEN2_SAS_URI", description="which kind of signed URLs a workspace on Azure gives"
    )
    missing_folder: Literal["refused", "made"] = Field(
        default="refused", description="what becomes of an experiment whose folder is not there"
    )
    missing_key: Literal["404", "403"] = Field(
        default="404", description="what the storage answers for a file that is not there"
    )
    bad_token: Literal["403", "401"] = Field(default="403", description="what a wrong or old token is answered with")
    upload_folder: Literal["refused", "made"] = Field(
        default="refused", description="what becomes of a file for a volume whose folder is not there"
    )
    run_files: Literal["served", "refused"] = Field(
        default="served",
        description="whether the Files API has files of runs, below /WorkspaceInternal, where MLflow looks first",
    )
    system_tags: Literal["given", "none"] = Field(
        default="given", description="whether an experiment gets tags of Databricks' own (mlflow.ownerId, ...)"
    )
    user_ids: Literal["kept", "replaced"] = Field(
        default="kept", description="whether a run's user_id is what was asked for, or whoever asked"
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
