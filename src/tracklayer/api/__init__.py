"""What a user calls: clients of places, runs that are written, and the functions on the current run."""

from tracklayer.api.active_run import ActiveRun
from tracklayer.api.client import Client, connect
from tracklayer.api.fluent import (
    current_run,
    end_run,
    log_artifact,
    log_artifacts,
    log_dict,
    log_figure,
    log_image,
    log_input,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    log_points,
    log_table,
    log_text,
    set_tag,
    set_tags,
    start_run,
)
from tracklayer.api.options import Options, configure
from tracklayer.api.redaction import Redaction
from tracklayer.api.urls import run_url

__all__ = [
    "ActiveRun",
    "Client",
    "Options",
    "Redaction",
    "configure",
    "connect",
    "current_run",
    "end_run",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_points",
    "log_table",
    "log_text",
    "run_url",
    "set_tag",
    "set_tags",
    "start_run",
]
