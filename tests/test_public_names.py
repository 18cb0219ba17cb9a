"""The names that users import: adding or taking away one is a decision."""

from __future__ import annotations

import subprocess
import sys

import tracklayer as tl

RUNS = {"ActiveRun", "Client", "connect", "current_run", "end_run", "start_run", "run_url"}
LOGGING = {
    *("log_param", "log_params", "log_metric", "log_metrics", "log_points", "log_input", "set_tag", "set_tags"),
    *("log_text", "log_dict", "log_figure", "log_table", "log_image", "log_artifact", "log_artifacts"),
}
HOW = {"Options", "Redaction", "configure"}
BETWEEN_PLACES = {"Certificate", "Comparison", "MigrationSummary", "compare", "migrate", "verify"}
VALUES = {"Artifact", "Dataset", "Experiment", "MetricSummary", "Points", "Run"}
ERRORS = {
    *("TracklayerError", "InvalidInput", "Unsupported", "DriverMissing", "MigrationError", "ProviderError"),
    *("NotFound", "AlreadyExists", "Conflict", "Unauthenticated", "PermissionDenied", "RateLimited", "Unavailable"),
    *("Timeout", "QuotaExceeded", "Rejected", "JournalDamaged", "Unflushed"),
}
#: What a program that only logs to a file can do without: HTTP, a parser, a command line, back-off.
LATE = {"requests", "urllib3", "lark", "typer", "rich", "yaml"}


def test_the_exact_names() -> None:
    assert set(tl.__all__) == RUNS | LOGGING | HOW | BETWEEN_PLACES | VALUES | ERRORS
    assert tl.__all__ == sorted(tl.__all__)
    assert all(getattr(tl, name).__doc__ for name in tl.__all__)


def test_functions_that_share_their_name_with_a_package_are_functions() -> None:
    statement = (
        "import tracklayer.migrate.copy, tracklayer.compare.frame, tracklayer as tl;"
        " from tracklayer.migrate.summary import MigrationSummary;"
        " assert callable(tl.migrate) and callable(tl.compare) and tl.MigrationSummary is MigrationSummary"
    )
    assert subprocess.run([sys.executable, "-c", statement], timeout=60, check=False).returncode == 0


def test_what_is_not_needed_yet_is_not_loaded() -> None:
    statement = "import sys, tracklayer; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, timeout=60, check=True)
    assert LATE & set(done.stdout.split()) == set()
