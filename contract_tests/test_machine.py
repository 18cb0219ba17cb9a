"""Any sequence of calls reads back as from a dict, on every target.

Examples are not shrunk: a failure is told within seconds, and the blob that it prints finds it again.
"""

from __future__ import annotations

from functools import partial

from contract_tests.machine import Machine
from contract_tests.targets import Target
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test


def test_any_sequence_of_calls_reads_back_as_from_a_dict(target: Target) -> None:
    examples, steps = target.effort
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=True,
        phases=(Phase.generate,),
    )
    run_state_machine_as_test(partial(Machine, target), settings=bounds)  # type: ignore[arg-type] # any factory
