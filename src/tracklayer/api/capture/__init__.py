"""What a run captures of its surroundings: environment, uncommitted changes, the machine's load, printed output."""

from tracklayer.api.capture.changes import diff_size
from tracklayer.api.capture.environment import environment
from tracklayer.api.capture.jobs import job_tags
from tracklayer.api.capture.monitor import Monitor
from tracklayer.api.capture.output import Tee
from tracklayer.api.capture.system import SystemSampler
from tracklayer.api.capture.variables import variables

__all__ = ["Monitor", "SystemSampler", "Tee", "diff_size", "environment", "job_tags", "variables"]
