"""How the emulator behaves, and what Azure does not say: each open question is a knob with its readings.

* The first reading of each is the default: what evidence there is speaks for it, else the stricter one.
* `Knobs.otherwise()` turns every such knob to another reading. What works under both works whatever Azure does.
* [limits]: https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field

from tracklayer.emulators.azureml.names import GROUP, REGION, SUBSCRIPTION


class Knobs(BaseModel):
    """All knobs of the emulator of Azure Machine Learning."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # -- how it behaves
    tokens: bool = Field(default=True, description="check the bearer token of every request")
    token_lifetime: float = Field(
        default=3599.0, description="seconds that new tokens of Entra ID last; below zero, they have expired already"
    )
    job_token_lifetime: float = Field(default=3600.0, description="the same of a job's tokens")
    sas_lifetime: float = Field(
        default=8 * 3600.0,  # st and se of those in https://github.com/Azure/azureml-examples/issues/1123
        description="the same of the SAS in what the history service answers",
    )
    workspaces: tuple[str, ...] = Field(
        default=(f"{SUBSCRIPTION}/{GROUP}/*",),
        description="SUBSCRIPTION/GROUP/WORKSPACE, or patterns: those that exist, made when they are first asked for",
    )
    denied: tuple[str, ...] = Field(default=(), description="those of them where the account has no role")
    region: str = Field(default=REGION, description="where the workspaces are; another region's host knows none")
    rates: dict[str, float] = Field(
        default_factory=dict,
        description="calls a second of an operation before 429; 'default' for the tracker's others",
    )
    burst: float = Field(default=1.0, ge=1, description="calls that may come at once before `rates` count")
    artifacts_per_page: int = Field(default=100, ge=1, description="artifacts of a page of a run's list")
    async_polls: int = Field(
        default=0, ge=0, description="how often get-run-data-status says no after a log-batch-async"
    )

    # -- limits
    metrics_per_batch: int = Field(default=250, description="mlflow#11462: MetricV2Dto.Value/Count; [limits]")
    params_per_batch: int = Field(default=100, description="not documented: as MLflow's own server")
    tags_per_batch: int = Field(default=100, description="not documented: as MLflow's own server")
    params_per_run: int = Field(default=200, description="azure-sdk-for-python#35685: Parameters")
    tags_per_run: int = Field(default=50, description="[limits]")
    tag_key: int = Field(default=100, description="[limits]")
    tag_value: int = Field(default=1000, description="[limits]")
    experiment_tags: int = Field(default=50, description="[limits]")
    experiment_tag_key: int = Field(default=250, description="[limits]")
    experiment_tag_value: int = Field(default=1000, description="[limits]")
    experiment_name: int = Field(default=256, description="[limits]")
    run_name: int = Field(default=256, description="[limits]: the display name")
    description: int = Field(default=5000, description="[limits]")
    metric_name: int = Field(default=255, description="[limits]: the name of a column")
    artifact_path: int = Field(default=5000, description="[limits]")
    artifacts_per_batch: int = Field(default=50, description="what the official plugin asks for at once")
    param_value: int | None = Field(default=None, description="not documented, so MLflow's own: 6000")
    metric_names: int | None = Field(
        default=None, description="names of metrics of a run: [limits] says 50, users log more"
    )

    # -- what Azure does not say
    history_pages: Literal["refused", "accepted"] = Field(
        default="refused",
        description="a max_results of 1000 or more for get-history: refused in December 2023 (mlflow#10694)",
    )
    run_pages: Literal["refused", "accepted"] = Field(
        default="refused", description="a max_results above 1000 for runs/search"
    )
    slashes: Literal["hidden", "fine"] = Field(
        default="hidden",
        description="an experiment with / in its name: neither found by it nor listed (azure-sdk-for-python#45209)",
    )
    experiment_names: Literal["any", "checked"] = Field(
        default="any",
        description="whether names of experiments are letters, numbers, _ and - only, as where jobs are made "
        "(microsoft/dstoolkit-mlops-v2#180)",
    )
    log_inputs: Literal["refused", "accepted"] = Field(default="refused", description="runs/log-inputs")
    own_tags: Literal["counted", "free"] = Field(
        default="counted", description="whether tags of MLflow's own (mlflow.*) count against the tags of a run"
    )
    note: Literal["description", "tag"] = Field(
        default="description", description="whose limit holds for the tag mlflow.note.content"
    )
    deleting_experiments: Literal["without active runs", "without any runs"] = Field(
        default="without active runs", description="which experiments may be deleted"
    )
    unknown_run: Literal["refused", "accepted"] = Field(
        default="refused", description="files for a run that the workspace does not have"
    )
    overwriting: Literal["accepted", "refused"] = Field(
        default="accepted", description="whether the SAS for writing a file lets it be written again"
    )
    artifact_uris: Literal["host", "experiment"] = Field(
        default="host",
        description="the form of a run's artifact_uri: azureml://HOST/...SCOPE/experiments/ID/runs/.., or the old one, "
        "azureml://experiments/NAME/runs/..",
    )
    artifact_locations: Literal["uri", "empty"] = Field(
        default="uri", description="what an experiment's artifact_location is"
    )

    @classmethod
    def otherwise(cls, **chosen: Any) -> Knobs:
        """The knobs with every open question read the other way; `chosen` as in the constructor."""
        second = {
            name: get_args(field.annotation)[1]
            for name, field in cls.model_fields.items()
            if get_origin(field.annotation) is Literal
        }
        return cls(**{**second, "metric_names": 50, "artifacts_per_page": 3, **chosen})
