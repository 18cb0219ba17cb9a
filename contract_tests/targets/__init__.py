"""The targets of the suite, by name."""

from contract_tests.targets.base import Beyond, Gap, Target, gap
from contract_tests.targets.built_in import BUILT_IN, chosen

__all__ = ["BUILT_IN", "Beyond", "Gap", "Target", "chosen", "gap"]
