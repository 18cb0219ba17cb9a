"""Vertex AI Experiments, and the GCS that its files lie in."""

from tracklayer.emulators.vertex.knobs import BUCKET, Knobs
from tracklayer.emulators.vertex.names import LOCATION, NUMBER, PROJECT
from tracklayer.emulators.vertex.server import VertexEmulator

__all__ = ["BUCKET", "LOCATION", "NUMBER", "PROJECT", "Knobs", "VertexEmulator"]
