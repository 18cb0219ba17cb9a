"""A callback for Optuna: `study.optimize(objective, callbacks=[TracklayerCallback(to="sagemaker://us-east-1")])`.

Names, params, metrics and tags of a trial's run are those of Optuna's own `MLflowCallback`:
https://optuna-integration.readthedocs.io/en/stable/reference/generated/optuna_integration.MLflowCallback.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from hashlib import sha256
from threading import RLock
from typing import TYPE_CHECKING, TypeAlias

from tracklayer.api import ActiveRun, start_run
from tracklayer.api.current import status_after
from tracklayer.errors import InvalidInput
from tracklayer.plugins.children import Children
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install optuna"):
    import optuna
    from optuna.trial import FrozenTrial, Trial, TrialState

if TYPE_CHECKING:
    from typing_extensions import Unpack

Objective: TypeAlias = Callable[[Trial], float | Sequence[float]]

KIND = "TracklayerCallback (Optuna)"
#: A trial that was pruned was ended by somebody before its time.
STATUS = {TrialState.COMPLETE: "finished", TrialState.PRUNED: "killed", TrialState.FAIL: "failed"}


class TracklayerCallback(Held):
    """A run for the study, and a run within it for each trial.

    * `run`: an `ActiveRun` for the study; or what `tracklayer.start_run` takes, for a run of its own: experiment and
      name are the study's if nothing else is said. With neither, it is the current run, if there is one. A study that
      is loaded from its storage goes on with its run; all processes that work on it log to it.
    * `@callback.track` before the objective makes the trial's run the current one while the objective works: what it
      logs, and what other callbacks of tracklayer log in it, is the trial's, and the run lasts as long as the trial.
    * `metric_name`: of the objective's value, or names of several values; one name for several is `value_0`,
      `value_1`. Values that a trial reports are the metric `intermediate_value`, at their steps.
    * Trials end `finished`, pruned ones `killed`, failed ones `failed`. The study's run ends with the `with` that the
      callback stands in, when the callback is let go, or with the program.
    """

    def __init__(
        self,
        run: ActiveRun | None = None,
        *,
        metric_name: str | Sequence[str] = "value",
        tag_study_user_attrs: bool = False,
        tag_trial_user_attrs: bool = True,
        **start: Unpack[StartArguments],
    ) -> None:
        self._training = Training(KIND, run, start)
        self._metric_name = metric_name
        self._tag_study = tag_study_user_attrs
        self._tag_trial = tag_trial_user_attrs
        self._lock = RLock()  # trials may run in threads
        self._children = Children()
        self._studies: dict[str, Training] = {}
        self._tracked: dict[tuple[str, int], ActiveRun] = {}

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """A trial has ended."""
        above = self._study_run(study)
        run = self._tracked.pop((study.study_name, trial.number), None)
        if run is None:
            run = start_run(parent=above, name=str(trial.number))
        if run.active:  # unless its objective raised
            self._log(run, study, trial)
            self._children.end(run, STATUS[trial.state])
        best = _best(study)
        if best is not None and best.values is not None:
            above.log_metric(f"best_{self._names(1)[0]}", best.values[0], trial.number)
            above.set_tag("best_trial", best.number)

    def track(self, objective: Objective) -> Objective:
        """The objective, with the trial's run as the current one while it works."""

        @wraps(objective)
        def tracked(trial: Trial) -> float | Sequence[float]:
            study = trial.study
            run = start_run(parent=self._study_run(study), name=str(trial.number))
            self._tracked[study.study_name, trial.number] = run
            try:
                return objective(trial)
            except optuna.TrialPruned:
                raise
            except BaseException as error:  # Optuna may give up the study, and call nobody
                self._log(run, study, trial)
                run.set_tag("state", TrialState.FAIL.name)
                self._children.end(run, status_after(error))
                raise

        return tracked

    def _study_run(self, study: optuna.Study) -> ActiveRun:
        with self._lock:
            training = self._studies.get(study.study_name)
            if training is None:
                whole = self._training
                training = whole if whole.last is None or whole.held else whole.fresh()
                training.defaults = {"experiment": study.study_name, "name": study.study_name}
                training.token = _token(study)
                self._studies[study.study_name] = training
            return training.run()

    def _log(self, run: ActiveRun, study: optuna.Study, trial: Trial | FrozenTrial) -> None:
        """What is known of a trial."""
        log = Training(KIND, run, {})
        log.log_params(trial.params)
        directions = [direction.name for direction in study.directions]
        tags: dict[str, object] = {
            "number": trial.number,
            "datetime_start": trial.datetime_start,
            "direction": directions[0] if len(directions) == 1 else directions,
            **{f"{key}_distribution": value for key, value in trial.distributions.items()},
        }
        if isinstance(trial, FrozenTrial):
            tags |= {"datetime_complete": trial.datetime_complete, "state": trial.state.name}
            for step, value in trial.intermediate_values.items():
                log.log_metrics({"intermediate_value": value}, step)
            values = trial.values or []
            log.log_metrics(dict(zip(self._names(len(values)), values, strict=True)), 0)
        attributes = study.user_attrs if self._tag_study else {}
        run.set_tags({**tags, **(trial.user_attrs if self._tag_trial else {}), **attributes})

    def _names(self, count: int) -> Sequence[str]:
        """The names of an objective's values. `InvalidInput` when there are more or fewer names than values."""
        if isinstance(self._metric_name, str):
            return [self._metric_name] if count == 1 else [f"{self._metric_name}_{n}" for n in range(count)]
        if count and len(self._metric_name) != count:
            message = f"metric_name= has {len(self._metric_name)} names, and the objective has {count} values"
            raise InvalidInput(message)
        return list(self._metric_name)[:count]


def _token(study: optuna.Study) -> str:
    """What all processes of a study find alike, and no other study: its name, and when its first trial began."""
    first = study.get_trials(deepcopy=False)[0]
    return sha256(f"{study.study_name}\n{first.datetime_start}".encode()).hexdigest()[:32]


def _best(study: optuna.Study) -> FrozenTrial | None:
    """The best trial so far of a study with one objective."""
    if len(study.directions) != 1:
        return None
    try:
        return study.best_trial
    except ValueError:  # none has completed
        return None
