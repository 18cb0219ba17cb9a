"""A `wandb` folder: runs that W&B's client logged offline, read without W&B."""

from tracklayer.drivers.wandb.driver import WandbDriver
from tracklayer.drivers.wandb.traits import WANDB

__all__ = ["WANDB", "WandbDriver"]
