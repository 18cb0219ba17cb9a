"""A folder of TensorBoard's logs: event files, read without TensorBoard and without TensorFlow."""

from tracklayer.drivers.tensorboard.driver import TensorboardDriver
from tracklayer.drivers.tensorboard.traits import TENSORBOARD

__all__ = ["TENSORBOARD", "TensorboardDriver"]
