"""A tracker for Accelerate: `register_tracker_class(TracklayerTracker)`, then `Accelerator(log_with="tracklayer")`.

Or, with any version: `Accelerator(log_with=TracklayerTracker("experiment"))`. Methods and what they log are those of
Accelerate's own `MLflowTracker`: https://huggingface.co/docs/accelerate/package_reference/tracking
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tracklayer.api import ActiveRun
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install accelerate"):
    from accelerate.tracking import GeneralTracker, on_main_process

if TYPE_CHECKING:
    from typing_extensions import Unpack


class TracklayerTracker(Held, GeneralTracker):
    """Logs what is handed to `accelerator.log`.

    * `experiment_name`: what `accelerator.init_trackers` is given. * `run`: an `ActiveRun`; or what
      `tracklayer.start_run` takes, for a run of its own: `init_kwargs={"tracklayer": {"to": ..., "name": ...}}`.
    * Only the main process logs. `accelerator.end_training` ends the run; without, the program does: `finished`, or by
      an error `failed` or `killed`. In `with accelerator.get_tracker("tracklayer"):`, the block does.
    """

    name = "tracklayer"
    requires_logging_directory = False
    main_process_only = True

    def __init__(
        self, experiment_name: str | None = None, *, run: ActiveRun | None = None, **start: Unpack[StartArguments]
    ) -> None:
        super().__init__()
        self._training = Training("TracklayerTracker", run, start, experiment=experiment_name)
        self._training.loops = True

    @on_main_process
    def start(self) -> None:
        """Start the run: `accelerator.init_trackers` calls this."""
        self._training.begin()

    @property
    @on_main_process
    def tracker(self) -> ActiveRun:
        """The run itself; None on other processes than the main one."""
        return self._training.run()

    @on_main_process
    def store_init_configuration(self, values: Mapping[str, Any]) -> None:
        """Log the configuration as params; what is no number, text or truth value, as its `str`."""
        self._training.log_params(values)

    @on_main_process
    def log(self, values: Mapping[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Log the numbers among the values as metrics, at a step (None: 0)."""
        del kwargs  # those of other trackers
        self._training.log_metrics(values, step)

    @on_main_process
    def log_figure(self, figure: Any, artifact_file: str) -> None:
        """Store a figure of matplotlib or plotly as a file of the run."""
        with self._training.opened() as run:
            run.log_figure(figure, artifact_file)

    @on_main_process
    def log_artifact(self, local_path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Store a file with the run, in the folder `artifact_path`."""
        with self._training.opened() as run:
            run.log_artifact(local_path, artifact_path)

    @on_main_process
    def log_artifacts(self, local_dir: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Store all files of a folder with the run."""
        with self._training.opened() as run:
            run.log_artifacts(local_dir, artifact_path)

    @on_main_process
    def finish(self) -> None:
        """End the run: `accelerator.end_training` calls this."""
        self._training.end()
