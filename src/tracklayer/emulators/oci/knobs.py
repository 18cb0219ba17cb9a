"""How the emulator behaves, and what Oracle does not say: each open question is a knob."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tracklayer.emulators.oci.names import BUCKET, WORKSPACE

#: MLflow's routes that AI Data Platform has, after those of its own SDK (aidp-python-client 5.1.1, `MLOpsClient`):
#: no history of several metrics at once, no outputs, no traces, and of logged models only their search.
ROUTES = (
    "experiments/create",
    "experiments/get",
    "experiments/get-by-name",
    "experiments/search",
    "experiments/update",
    "experiments/delete",
    "experiments/restore",
    "experiments/set-experiment-tag",
    "experiments/delete-experiment-tag",
    "runs/create",
    "runs/get",
    "runs/search",
    "runs/update",
    "runs/delete",
    "runs/restore",
    "runs/set-tag",
    "runs/delete-tag",
    "runs/log-batch",
    "runs/log-metric",
    "runs/log-parameter",
    "runs/log-model",
    "runs/log-inputs",
    "metrics/get-history",
    "artifacts/list",
    "logged-models/search",
)
GIB, MIB = 1024**3, 1024**2


class Knobs(BaseModel):
    """All knobs of the emulator of OCI: signatures, AI Data Platform, MLflow of one's own, Object Storage."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    signatures: bool = Field(default=True, description="check every signature; else each caller is the first user")
    skew: float = Field(
        default=0.0, description="seconds by which the service's clock is ahead: its dates, tokens and retry tokens"
    )
    workspaces: tuple[str, ...] = Field(
        default=(WORKSPACE, "second"), description="keys of the workspaces that each AI Data Platform has"
    )
    routes: tuple[str, ...] = Field(
        default=ROUTES, description="MLflow's routes that AI Data Platform has, as patterns (fnmatch)"
    )
    filters: Literal["documented", "all"] = Field(
        default="documented",
        description="whether AI Data Platform refuses the operators of filters that its reference does not name",
    )
    retry_window: float = Field(
        default=24 * 3600.0, ge=0, description="seconds that AI Data Platform remembers an opc-retry-token for"
    )
    artifacts: Literal["oci", "served"] = Field(
        default="oci",
        description="where new servers keep files: in Object Storage (oci://), or served by themselves",
    )
    rates: dict[str, float] = Field(
        default_factory=dict,
        description="calls a second of an operation before 429, by its name in the log; 'default' for all others",
    )
    burst: float = Field(default=1.0, ge=1, description="calls that may come at once before `rates` count")
    buckets: tuple[str, ...] = Field(default=(BUCKET,), description="buckets of each namespace that are there at first")
    largest_put: int = Field(default=50 * GIB, ge=1, description="bytes that PutObject and UploadPart take at most")
    smallest_part: int = Field(default=10 * MIB, ge=0, description="bytes of every part but the last, at least")
    most_parts: int = Field(default=10_000, ge=1, description="parts of one upload, at most")
    longest_name: int = Field(default=1024, ge=1, description="bytes of an object's name in UTF-8, at most")
